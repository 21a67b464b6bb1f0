// A developer makes a token in the portal, and replaces it: from the sign-in page on, with and without JavaScript, and with the keyboard alone.
// And one gets a first token with one form. Environment: BROWSER_TOOLS, ISSUER, USER_ID, PASSWORD. Prints for each way the two tokens, and how
// many clicks and seconds the first took; and for the one form what was copied and where the button was.

import { parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";
import { keyboard, mouse } from "./hands.mjs";
import { checkAccessibility, checkKeyboard, checkWidth } from "./page-checks.mjs";

const portal = new URL("/portal", parameter("ISSUER")).href;
const [user, password] = ["USER_ID", "PASSWORD"].map(parameter);

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
  await press("Create without a token");
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
  // After signing out, the back button leads to the sign-in page, not to the application.
  await follow("Done");
  await page.getByRole("heading", { name: `Storefront ${name}` }).waitFor();
  await press("Sign out");
  await page.getByRole("heading", { level: 1, name: "signed" }).waitFor();
  await page.goBack();
  await page.getByLabel("Password").waitFor();
  if ((await page.content()).includes("Storefront")) throw new Error(`the back button shows ${page.url()}`);
  await context.close();
  return { name, first, second, command, clicks: counted, seconds };
}

/// The short way, with JavaScript.
async function getFirstToken(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  await page.goto(portal);
  const { press, fill, clicks } = mouse(page);
  await fill("User name", user);
  await fill("Password", password);
  await press("Sign in");
  await page.waitForURL(portal);
  // The page of a member without applications.
  const problems = [...(await checkAccessibility(page)), ...(await checkWidth(page)), ...(await checkKeyboard(page))];
  await page.setViewportSize({ width: 320, height: 640 });
  problems.push(...(await checkAccessibility(page)), ...(await checkWidth(page)));
  await page.setViewportSize({ width: 1280, height: 900 });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  await fill("Name", "First");
  await press("Get a token");
  await page.getByRole("heading", { name: "The production token" }).waitFor();
  const copied = async (name) => {
    const button = await page.getByRole("button", { name, exact: true }).elementHandle();
    await press(name);
    await page.waitForFunction((element) => element.textContent === "Copied", button);
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const { y, height } = await page.getByRole("button", { name: "Copy the call", exact: true }).boundingBox();
  const command = await copied("Copy the call");
  const counted = clicks();
  const [token, request] = [await copied("Copy the token"), await copied("Copy the call for a token")];
  await context.close();
  return { token, command, request, bottom: y + height, clicks: counted };
}

await withBrowser(async (browser) => {
  const first = await getFirstToken(browser);
  const ways = [
    await run(browser, "with JavaScript", mouse, {}),
    await run(browser, "without JavaScript", mouse, { javaScriptEnabled: false }),
    await run(browser, "by keyboard", keyboard, {}),
  ];
  console.log(JSON.stringify({ first, ways }));
});
