// Runs the flows of a user in a real Chromium, with and without JavaScript: signs in, consents, lets an application call the gateway, and
// withdraws the consent; then allows a device. Environment: BROWSER_TOOLS, the variables of clients/parameters.mjs, and GATEWAY. Prints
// how many calls the gateway allowed, and fails at any unexpected result.

import { setTimeout as wait } from "node:timers/promises";

import { expect, parameter } from "../clients/parameters.mjs";
import { withApplication } from "./application.mjs";
import { withBrowser } from "./browser.mjs";

/// Within this time every worker of the gateway must know of a revocation, in milliseconds.
const SOON = 1_000;

/// So many calls reach every worker, although each goes to an arbitrary one.
const ALL_WORKERS = 40;

const [user, password] = ["USER_ID", "PASSWORD"].map(parameter);
let passed = 0;

/// Calls a resource that requires a user token.
async function call(token) {
  const response = await fetch(`${parameter("GATEWAY")}/pizza/1.0.0/me`, { headers: { authorization: `Bearer ${token}` } });
  const body = await response.json();
  if (response.status === 200) passed += 1;
  return { status: response.status, code: body.code, user: body.headers?.["x-postern-user"] };
}

async function expectPasses(token) {
  expect("the call", await call(token), { status: 200, code: undefined, user });
}

/// Expects that every worker refuses the token within a second.
async function expectSoonRefused(token) {
  const began = Date.now();
  let inARow = 0;
  while (inARow < ALL_WORKERS) {
    const sent = Date.now() - began;
    const { status, code } = await call(token);
    inARow = status === 401 && code === "revoked" ? inARow + 1 : 0;
    if (inARow === 0 && sent > SOON) throw new Error(`after ${sent} ms the call still gets ${status} ${code}`);
  }
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

/// Sends a form with the button `name`.
async function press(page, name) {
  await button(page, name).click();
}

async function signIn(page, word) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(word);
  await press(page, "Sign in");
}

async function heading(page) {
  return page.getByRole("heading", { level: 1 }).textContent();
}

/// Expects a page with this heading.
async function expectHeading(page, text) {
  await page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor({ timeout: 10_000 }).catch(async () => {
    throw new Error(`no heading "${text}"; ${page.url()} shows "${await heading(page)}"`);
  });
}

async function useApplication(application, page) {
  await page.goto(application.start);
  await expectHeading(page, "Sign in");
  await signIn(page, "not the password");
  expect("the title", (await page.title()).startsWith("Wrong password – "), true);
  await signIn(page, password);
  await expectHeading(page, "Allow access?");
  await press(page, "Allow");
  await expectHeading(page, "Welcome");

  // The gateway needs no update for a new token, because tokens are self-contained.
  await expectPasses(application.tokens.access_token);
  const before = application.tokens;
  await application.refresh();
  await expectPasses(application.tokens.access_token);
  await expectSoonRefused(before.access_token);

  // A second consent is not needed.
  await page.goto(application.start);
  await expectHeading(page, "Welcome");
  await expectPasses(application.tokens.access_token);
  await withdraw(page);
  await expectSoonRefused(application.tokens.access_token);
  expect("the refusal to refresh", await application.refreshRefusal(), "invalid_grant");

  // After the withdrawal, consent is needed again.
  await page.goto(application.start);
  await expectHeading(page, "Allow access?");
  await press(page, "Deny");
  await page.getByText("access_denied").waitFor();
  await page.goto(new URL("/account", parameter("ISSUER")).href);
  await press(page, "Sign out");
  await expectHeading(page, "You are signed out");
  await page.goto(application.start);
  await expectHeading(page, "Sign in");
}

async function withdraw(page) {
  await page.goto(new URL("/account", parameter("ISSUER")).href);
  await expectHeading(page, "Your account");
  await press(page, "Withdraw the access of storefront");
  await page.getByText("The application's access is withdrawn.").waitFor();
  expect("what is left to withdraw", await page.getByRole("button", { name: /^Withdraw/ }).count(), 0);
}

async function connectDevice(application, page) {
  const begun = await application.beginDevice();
  await page.goto(begun.verification_uri_complete);
  await expectHeading(page, "Sign in");
  await signIn(page, password);
  await expectHeading(page, "Connect a device");
  expect("the code", await page.getByLabel("Code on your device").inputValue(), begun.user_code);
  await page.getByLabel("Code on your device").fill("BBBB-BBBB");
  await press(page, "Continue");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Code on your device").fill(begun.user_code.toLowerCase().replace("-", ""));
  await press(page, "Continue");
  await expectHeading(page, "Connect this device?");
  const polled = application.pollDevice(begun);
  await press(page, "Allow");
  await expectHeading(page, "Device connected");
  await polled;
  await expectPasses(application.tokens.access_token);
  await withdraw(page);
  await expectSoonRefused(application.tokens.access_token);
  expect("the refusal to refresh", await application.refreshRefusal(), "invalid_grant");

  const denied = await application.beginDevice();
  await page.goto(denied.verification_uri_complete);
  await press(page, "Continue");
  await press(page, "Deny");
  await expectHeading(page, "Device denied");
  await wait(1000 * denied.interval);
  expect("the refusal", (await application.pollDevice(denied).catch((error) => error)).error, "access_denied");
}

await withApplication((application) =>
  withBrowser(async (browser) => {
    for (const javaScriptEnabled of [true, false]) {
      for (const flow of [useApplication, connectDevice]) {
        const context = await browser.newContext({ javaScriptEnabled });
        context.setDefaultTimeout(15_000);
        await flow(application, await context.newPage());
        await context.close();
      }
    }
  }),
);
console.log(JSON.stringify({ passed }));
