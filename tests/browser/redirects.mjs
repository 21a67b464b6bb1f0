// Sends a page's form with only the keyboard, without JavaScript: `node redirects.mjs URL BUTTON ADDRESS…`. Prints the ADDRESS at which
// the browser ended, or `blocked` if the page's policy blocked the redirect. Fails otherwise.

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
