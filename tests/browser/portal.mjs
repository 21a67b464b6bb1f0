// A developer makes a token in the portal, and replaces it: from the sign-in page on, with and without JavaScript, and with the keyboard alone.
// Environment: BROWSER_TOOLS, ISSUER, USER_ID, PASSWORD. Prints for each way the two tokens, and how many clicks and seconds the first took.

import { parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";

const portal = new URL("/portal", parameter("ISSUER")).href;
const [user, password] = ["USER_ID", "PASSWORD"].map(parameter);

/// Clicks, and counts the clicks.
function mouse(page) {
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  return {
    press: (name) => click(page.getByRole("button", { name, exact: true })),
    follow: (name) => click(page.getByRole("link", { name })),
    check: (name) => click(page.getByLabel(name)),
    fill: (label, text) => page.getByLabel(label).fill(text),
    clicks: () => clicks,
  };
}

/// Uses the keyboard alone: goes to an element with the tab key.
function keyboard(page) {
  const go = async (locator) => {
    const target = await locator.elementHandle();
    for (let presses = 0; presses < 100; presses++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error("the tab key never reaches an element");
  };
  const key = async (locator, name) => {
    await go(locator);
    await page.keyboard.press(name);
  };
  return {
    press: (name) => key(page.getByRole("button", { name, exact: true }), "Enter"),
    follow: (name) => key(page.getByRole("link", { name }), "Enter"),
    check: (name) => key(page.getByLabel(name), "Space"),
    fill: async (label, text) => {
      await go(page.getByLabel(label));
      await page.keyboard.type(text);
    },
    clicks: () => 0,
  };
}

const shown = (page, term) => page.locator("dt", { hasText: term }).locator("+ dd code").innerText();

async function run(browser, name, hand, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(portal);
  const began = performance.now();
  const { press, follow, check, fill, clicks } = hand(page);
  await fill("User name", user);
  await fill("Password", password);
  await press("Sign in");
  await page.waitForURL(portal);
  await fill("Name", `Storefront ${name}`);
  await press("Create");
  await page.getByRole("heading", { name: `Storefront ${name}` }).waitFor();
  await press("Subscribe");
  await page.getByRole("heading", { name: "pizza/1.0.0" }).waitFor();
  await follow("Generate production");
  await check("orders");
  await fill("Allowed domains", "app.example.com");
  await press("Generate");
  await page.getByRole("heading", { name: "The production token" }).waitFor();
  const [first, command] = [await shown(page, "Token"), await page.locator("pre code").first().innerText()];
  const [counted, seconds] = [clicks(), (performance.now() - began) / 1000];
  await follow("Done");
  await follow("Re-generate the production");
  await press("Re-generate");
  await page.getByRole("heading", { name: "The production token" }).waitFor();
  const second = await shown(page, "Token");
  await context.close();
  return { name, first, second, command, clicks: counted, seconds };
}

await withBrowser(async (browser) => {
  const results = [
    await run(browser, "with JavaScript", mouse, {}),
    await run(browser, "without JavaScript", mouse, { javaScriptEnabled: false }),
    await run(browser, "by keyboard", keyboard, {}),
  ];
  console.log(JSON.stringify(results));
});
