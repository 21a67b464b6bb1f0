// Sends a page's form with the keyboard alone, without JavaScript: `node redirects.mjs URL BUTTON ADDRESS…`. Prints which ADDRESS the browser was
// at in the end, or `blocked` where the page's policy kept it from going on. Fails when neither comes.

import { withBrowser } from "./browser.mjs";

const [url, button, ...addresses] = process.argv.slice(2);

await withBrowser(async (browser) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const ended = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`the browser stayed at ${page.url()}`)), 20_000).unref();
    page.on("console", (message) => {
      if (/form-action/.test(message.text())) resolve("blocked");
    });
    page.on("load", () => {
      if (addresses.includes(page.url())) resolve(page.url());
    });
  });
  await page.goto(url);
  await page.getByRole("button", { name: button, exact: true }).focus();
  await page.keyboard.press("Enter");
  console.log(await ended);
});
