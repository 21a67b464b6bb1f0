// Checks every page of the real issuer with page-checks.mjs. Environment: BROWSER_TOOLS, the variables of clients/parameters.mjs, and
// PICTURES, a folder for screenshots; with PAGES_IN=de, the pages that are looked at in German. Prints a line for each problem, and fails if there is one.

import { parameter } from "../clients/parameters.mjs";
import { withApplication } from "./application.mjs";
import { withBrowser } from "./browser.mjs";
import { checkPage } from "./page-checks.mjs";

const at = (path) => new URL(path, parameter("ISSUER")).href;
const [user, password] = ["USER_ID", "PASSWORD"].map(parameter);

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

async function signIn(page, word) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(word);
  await press(page, "Sign in");
}

/// Makes an application in the portal, with a subscription and keys, and returns the address of its page.
async function storefrontOf(browser, cookies) {
  const context = await browser.newContext();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(at("/portal"));
  await page.getByLabel("Name").fill("Storefront");
  await press(page, "Create");
  await press(page, "Subscribe");
  await page.getByRole("heading", { name: "pizza/1.0.0" }).waitFor();
  const address = page.url();
  await page.goto(`${address}/keys/production`);
  await press(page, "Generate");
  await page.getByRole("heading", { name: "The production token" }).waitFor();
  await context.close();
  return address;
}

/// The cookies of a browser in which the user has signed in and consented.
async function cookiesOfTheUser(browser, application) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(application.start);
  await signIn(page, password);
  await press(page, "Allow");
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  const cookies = await context.cookies(parameter("ISSUER"));
  await context.close();
  return cookies;
}

async function changePassword(page, current, next, again) {
  await page.getByLabel("Current password").fill(current);
  await page.getByLabel("New password", { exact: true }).fill(next);
  await page.getByLabel("New password again").fill(again);
  await press(page, "Change password");
}

/// Sends the form of the times of sessions, with this one.
async function changeIdleTime(page, time) {
  await page.getByLabel("Session without activity").fill(time);
  await page.locator("form", { has: page.getByLabel("Session without activity") }).getByRole("button", { name: "Save" }).click();
}

/// Fills in the branding, and opens the preview.
async function previewBranding(page, accent) {
  await page.getByLabel("Name", { exact: true }).fill("Pizzeria");
  await page.getByLabel("Accent colour").fill(accent);
  await page.getByLabel("Help").fill("https://pizza.example/help");
  await page.getByLabel("Text on the sign-in page, in English").fill("For partners of the pizzeria.\nAsk at the counter.");
  await press(page, "Preview");
}

/// For each page its first URL, and the actions that lead to it.
function pages(application, consent, device, storefront) {
  const connect = async (page) => press(page, "Continue");
  const decide = (decision) => async (page) => {
    // A code is valid once, and each page is opened several times.
    await page.goto((await application.beginDevice()).verification_uri_complete);
    await connect(page);
    await press(page, decision);
  };
  const withoutSession = {
    "sign-in": [application.start],
    "sign-in-wrong": [application.start, (page) => signIn(page, "not the password")],
    "api-docs": [at("/api/docs"), (page) => page.locator("summary").nth(1).click(), { scripts: true }],
    "problem-client": [at("/oauth2/authorize?client_id=unknown&response_type=code")],
    "problem-form": [at("/sign-in"), (page) => page.context().clearCookies().then(() => signIn(page, password))],
  };
  const withSession = {
    consent: [consent],
    account: [at("/account")],
    password: [at("/account/password")],
    "password-wrong": [at("/account/password"), (page) => changePassword(page, "wrong", "password", "password")],
    "password-differs": [at("/account/password"), (page) => changePassword(page, "wrong", "one password", "another one")],
    portal: [at("/portal")],
    "portal-wrong": [
      at("/portal"),
      async (page) => {
        await page.getByLabel("Name").fill("\u200b");
        await press(page, "Create");
      },
    ],
    "portal-apis": [at("/portal/apis")],
    "portal-apis-none": [at("/portal/apis?q=nothing")],
    "portal-api": [at("/portal/apis/trattoria/2.0.0"), (page) => page.locator("#operation-put-orders-id summary").click(), { scripts: true }],
    "portal-api-resources": [at("/portal/apis/pizza/1.0.0"), undefined, { scripts: true }],
    "portal-api-unknown": [at("/portal/apis/unknown/1")],
    "portal-application": [storefront],
    "portal-keys": [`${storefront}/keys/sandbox`],
    "portal-keys-wrong": [
      `${storefront}/keys/production`,
      async (page) => {
        await page.getByLabel("Allowed domains").fill("https://app.example.com/path");
        await page.getByLabel("Valid for").fill("soon");
        await press(page, "Re-generate");
      },
    ],
    "portal-made": [
      `${storefront}/keys/production`,
      async (page) => {
        await page.getByLabel("Allowed domains").fill("app.example.com");
        await press(page, "Re-generate");
      },
    ],
    "portal-revoke": [`${storefront}/revoke`],
    "portal-unsubscribe": [`${storefront}/unsubscribe?api=pizza%2F1.0.0`],
    "portal-unknown": [at("/portal/applications/app_00000000000000000000")],
    "portal-tokens": [`${storefront}/tokens/production`],
    "portal-secrets": [`${storefront}/secrets/production`],
    "portal-access-tokens": [at("/portal/access-tokens")],
    "portal-delete": [`${storefront}/delete`],
    "portal-import": [at("/portal/import?api=trattoria%2F2.0.0")],
    "portal-import-wrong": [
      at("/portal/import"),
      async (page) => {
        await page.getByLabel("OpenAPI document").fill("openapi: 2.0.0");
        await press(page, "Preview");
      },
    ],
    "portal-import-preview": [at("/portal/import?api=trattoria%2F2.0.0"), (page) => press(page, "Preview")],
    "portal-api-remove": [at("/portal/import/remove?api=pizza%2F1.0.0")],
    "portal-tier-change": [at("/portal/tiers/change?tier=gold")],
    "portal-members": [at("/portal/members")],
    "portal-signing-keys": [at("/portal/signing-keys")],
    "portal-settings": [at("/portal/settings")],
    "portal-settings-wrong": [at("/portal/settings"), (page) => changeIdleTime(page, "soon")],
    "portal-settings-weaken": [at("/portal/settings"), (page) => changeIdleTime(page, "100d")],
    "portal-branding": [at("/portal/branding")],
    "portal-branding-wrong": [at("/portal/branding"), (page) => previewBranding(page, "#ff9800")],
    "portal-branding-preview": [at("/portal/branding"), (page) => previewBranding(page, "#6a1b9a")],
    "portal-audit": [at("/portal/audit")],
    "portal-user": [at(`/portal/users/user?user=${encodeURIComponent(user)}`)],
    device: [at("/device")],
    "device-unknown": [
      at("/device"),
      async (page) => {
        await page.getByLabel("Code on your device").fill("BBBB-BBBB");
        await press(page, "Continue");
      },
    ],
    "device-confirm": [device.verification_uri_complete, connect],
    "device-connected": [at("/device"), decide("Allow")],
    "device-denied": [at("/device"), decide("Deny")],
  };
  // German words are long, so these pages are looked at in German.
  const inGerman = {
    "german-sign-in": [at("/sign-in?again=1")],
    "german-portal": [at("/portal")],
    "german-application": [storefront],
    "german-keys": [`${storefront}/keys/production`],
    "german-approvals": [at("/portal/approvals")],
    "german-member": [at("/portal/members/change?member=dora")],
    "german-users": [at("/portal/users")],
    "german-user": [at(`/portal/users/user?user=${encodeURIComponent(user)}`)],
    "german-user-new": [at("/portal/users/new")],
    "german-user-password": [at(`/portal/users/password?user=${encodeURIComponent(user)}`)],
    "german-second-factor": [at("/account/second-factor")],
    "german-tiers": [at("/portal/tiers")],
    "german-import": [at("/portal/import")],
    "german-tier-change": [at("/portal/tiers/change?tier=gold")],
    "german-scopes": [at("/portal/scopes")],
    "german-signing-keys": [at("/portal/signing-keys")],
    "german-edges": [at("/portal/edges")],
    "german-settings": [at("/portal/settings")],
    "german-branding": [at("/portal/branding")],
  };
  // The last ones, because the branding stays.
  const branded = {
    "branded-portal": [
      at("/portal/branding"),
      async (page) => {
        await previewBranding(page, "#6a1b9a");
        await press(page, "Save");
      },
    ],
    "branded-sign-in": [at("/sign-in?again=1")],
  };
  return { withoutSession, withSession: { ...withSession, ...branded }, inGerman };
}

await withApplication((application) =>
  withBrowser(async (browser) => {
    const cookies = await cookiesOfTheUser(browser, application);
    const consent = await application.authorization("menu orders");
    const { withoutSession, withSession, inGerman } = pages(application, consent, await application.beginDevice(), await storefrontOf(browser, cookies));
    const check = async (name, [url, visit, options], more) => {
      const pictures = { folder: parameter("PICTURES"), name };
      for (const problem of await checkPage(browser, url, { visit, pictures, ...more, ...options })) {
        console.log(`${name}: ${problem}`);
        process.exitCode = 1;
      }
    };
    if (process.env.PAGES_IN === "de") {
      const german = { ...cookies[0], name: "__Host-postern-language", value: "de" };
      for (const [name, page] of Object.entries(inGerman)) await check(name, page, { cookies: [...cookies, german] });
      return;
    }
    for (const [name, page] of Object.entries(withoutSession)) await check(name, page, {});
    for (const [name, page] of Object.entries(withSession)) await check(name, page, { cookies });
  }),
);
