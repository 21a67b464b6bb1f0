// Checks every page of the real issuer with page-checks.mjs. Environment: BROWSER_TOOLS, the variables of clients/parameters.mjs, and
// PICTURES, a folder for screenshots. PAGES is what to check: `first` pages in English, `more` (for administrators) in English, or all in `german`.
// ONLY, which may be missing, names the pages that alone are checked. Prints a line for each problem, and fails if there is one.

import { join } from "node:path";

import { parameter } from "../clients/parameters.mjs";
import { withApplication } from "./application.mjs";
import { withBrowser } from "./browser.mjs";
import { checkPage } from "./page-checks.mjs";
import { wordsIn } from "./words.mjs";

const at = (path) => new URL(path, parameter("ISSUER")).href;
const [user, password] = ["USER_ID", "PASSWORD"].map(parameter);

const locale = parameter("PAGES") === "german" ? "de" : "en";
/// Finds words of the pages, which are named in English here, in the language that is checked.
const words = wordsIn(locale);

const press = (page, name) => page.getByRole("button", { name: words.whole(name) }).click();
const field = (page, label) => page.getByLabel(words.whole(label));

async function signIn(page, word) {
  await field(page, "User name").fill(user);
  await field(page, "Password").fill(word);
  await press(page, "Sign in");
}

/// Makes two applications in the portal, both with a subscription. Returns the address of the page of the one with keys, and the address after
/// the subscription of the one without.
async function applicationsOf(browser, cookies) {
  const context = await browser.newContext({ locale });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const subscribed = async (name) => {
    await page.goto(at("/portal"));
    await field(page, "Name").fill(name);
    await press(page, "Create without a token");
    await press(page, "Subscribe");
    await page.getByRole("heading", { name: "pizza/1.0.0" }).waitFor();
    return page.url();
  };
  const counter = await subscribed("Counter");
  const [storefront] = (await subscribed("Storefront")).split("?");
  await page.goto(`${storefront}/keys/production`);
  await press(page, "Generate");
  await page.locator("code.copy").first().waitFor();
  await context.close();
  return { storefront, counter };
}

/// The cookies of a browser in which the user has signed in and consented.
async function cookiesOfTheUser(browser, application) {
  const context = await browser.newContext({ locale });
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
  await field(page, "Current password").fill(current);
  await field(page, "New password").fill(next);
  await field(page, "New password again").fill(again);
  await press(page, "Change password");
}

/// Shows every program of the first call.
async function showPrograms(page) {
  const summaries = page.locator("details.program > summary");
  for (let at = 1; at < (await summaries.count()); at += 1) await summaries.nth(at).click();
}

/// Waits until the tokens that were minted are counted, which takes some seconds, and opens the table.
async function showUsage(page) {
  for (let attempt = 0; attempt < 60 && (await page.getByText(words.whole("None in this period.")).count()) > 1; attempt += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  await page.locator("rect").first().waitFor();
  await page.locator("summary").click();
}

/// Sends the form of the times of sessions, with this one.
async function changeIdleTime(page, time) {
  await field(page, "Session idle timeout").fill(time);
  await page.locator("form", { has: field(page, "Session idle timeout") }).getByRole("button", { name: words.whole("Save") }).click();
}

/// Fills in the branding, and opens the preview.
async function previewBranding(page, accent) {
  await field(page, "Name").fill("Pizzeria");
  await field(page, "Accent colour").fill(accent);
  await field(page, "Help").fill("https://pizza.example/help");
  await field(page, "Text on the sign-in page, in English").fill("For partners of the pizzeria.\nAsk at the counter.");
  await press(page, "Preview");
}

/// For each page its first URL, and the actions that lead to it.
function pages(application, consent, device, { storefront, counter }) {
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
        await field(page, "Name").fill("\u200b");
        await page.locator("form details > summary").click();
        await page.locator("form details input").first().check();
        await press(page, "Get a token");
      },
    ],
    "portal-first-token": [
      at("/portal"),
      async (page) => {
        await field(page, "Name").fill("Kitchen");
        await press(page, "Get a token");
        await showPrograms(page);
      },
    ],
    "portal-apis": [at("/portal/apis")],
    "portal-apis-none": [at("/portal/apis?q=nothing")],
    "portal-api": [at("/portal/apis/trattoria/2.0.0"), (page) => page.locator("#operation-put-orders-id summary").click(), { scripts: true }],
    "portal-api-resources": [at("/portal/apis/pizza/1.0.0"), undefined, { scripts: true }],
    "portal-api-unknown": [at("/portal/apis/unknown/1")],
    "portal-application": [storefront],
    "portal-application-subscribed": [counter],
    "portal-keys": [`${storefront}/keys/sandbox`],
    "portal-keys-wrong": [
      `${storefront}/keys/production`,
      async (page) => {
        await field(page, "Allowed domains").fill("https://app.example.com/path");
        await page.locator("form details > summary").click();
        await field(page, "Valid for").fill("soon");
        await press(page, "Re-generate");
      },
    ],
    "portal-made": [
      `${storefront}/keys/production`,
      async (page) => {
        await field(page, "Allowed domains").fill("app.example.com");
        await press(page, "Re-generate");
        await showPrograms(page);
      },
    ],
    "portal-key-settings": [`${storefront}/keys/production/settings`],
    "portal-key-settings-wrong": [
      `${storefront}/keys/production/settings`,
      async (page) => {
        await field(page, "Redirect URIs").fill("https://app.example.com/*");
        await press(page, "Save");
      },
    ],
    "portal-revoke": [`${storefront}/revoke`],
    "portal-unsubscribe": [`${storefront}/unsubscribe?api=pizza%2F1.0.0`],
    "portal-unknown": [at("/portal/applications/app_00000000000000000000")],
    "portal-tokens": [`${storefront}/tokens/production`],
    "portal-secrets": [`${storefront}/secrets/production`],
    "portal-access-tokens": [at("/portal/access-tokens")],
    "portal-delete": [`${storefront}/delete`],
    "portal-application-usage": [`${storefront}/usage?days=7`, showUsage],
    device: [at("/device")],
    "device-unknown": [
      at("/device"),
      async (page) => {
        await field(page, "Code on your device").fill("BBBB-BBBB");
        await press(page, "Continue");
      },
    ],
    "device-confirm": [device.verification_uri_complete, connect],
    "device-connected": [at("/device"), decide("Allow")],
    "device-denied": [at("/device"), decide("Deny")],
  };
  const more = {
    "portal-approvals": [at("/portal/approvals")],
    "portal-member": [at("/portal/members/change?member=dora")],
    "portal-users": [at("/portal/users")],
    "portal-user-new": [at("/portal/users/new")],
    "portal-user-password": [at(`/portal/users/password?user=${encodeURIComponent(user)}`)],
    "second-factor": [at("/account/second-factor")],
    "portal-tiers": [at("/portal/tiers")],
    "portal-import-new": [at("/portal/import")],
    "portal-scopes": [at("/portal/scopes")],
    "portal-edges": [at("/portal/edges")],
    "portal-signing-keys": [at("/portal/signing-keys")],
    "portal-settings": [at("/portal/settings")],
    "portal-settings-wrong": [at("/portal/settings"), (page) => changeIdleTime(page, "soon")],
    "portal-settings-weaken": [at("/portal/settings"), (page) => changeIdleTime(page, "100d")],
    "portal-branding": [at("/portal/branding")],
    "portal-branding-wrong": [at("/portal/branding"), (page) => previewBranding(page, "#ff9800")],
    "portal-branding-preview": [at("/portal/branding"), (page) => previewBranding(page, "#6a1b9a")],
    "portal-import": [at("/portal/import?api=trattoria%2F2.0.0")],
    "portal-import-wrong": [
      at("/portal/import"),
      async (page) => {
        await field(page, "OpenAPI document").fill("openapi: 2.0.0");
        await press(page, "Preview");
      },
    ],
    "portal-import-preview": [at("/portal/import?api=trattoria%2F2.0.0"), (page) => press(page, "Preview")],
    "portal-api-remove": [at("/portal/import/remove?api=pizza%2F1.0.0")],
    "portal-tier-change": [at("/portal/tiers/change?tier=gold")],
    "portal-members": [at("/portal/members")],
    "portal-teams": [
      at("/portal/teams"),
      async (page) => {
        // There is a team of this name.
        await field(page, "Team").fill("kitchen");
        await press(page, "Create");
      },
    ],
    "portal-team": [
      at("/portal/teams/members?team=kitchen"),
      async (page) => {
        await field(page, "Name").fill("dora");
        await press(page, "Add");
      },
    ],
    "portal-team-member-remove": [at("/portal/teams/members/remove?team=kitchen&member=dora")],
    "portal-team-delete": [at("/portal/teams/delete?team=kitchen")],
    "portal-usage": [at("/portal/usage?days=90"), showUsage],
    "portal-audit": [at("/portal/audit")],
    "portal-user": [at(`/portal/users/user?user=${encodeURIComponent(user)}`)],
    // The last ones, because the branding stays.
    "branded-portal": [
      at("/portal/branding"),
      async (page) => {
        await previewBranding(page, "#6a1b9a");
        await press(page, "Save");
      },
    ],
    "branded-sign-in": [at("/sign-in?again=1")],
  };
  return { withoutSession, withSession, more };
}

await withApplication((application) =>
  withBrowser(async (browser) => {
    const cookies = await cookiesOfTheUser(browser, application);
    const consent = await application.authorization("menu orders");
    const only = process.env.ONLY?.split(",");
    const check = async (name, [url, visit, options], session) => {
      if (only && !only.includes(name)) return;
      const pictures = { folder: join(parameter("PICTURES"), locale), name };
      for (const problem of await checkPage(browser, url, { visit, pictures, locale, ...session, ...options })) {
        console.log(`${name}: ${problem}`);
        process.exitCode = 1;
      }
    };
    const wanted = parameter("PAGES");
    const { withoutSession, withSession, more } = pages(application, consent, await application.beginDevice(), await applicationsOf(browser, cookies));
    const checked = { first: [withoutSession, withSession], more: [{}, more], german: [withoutSession, { ...withSession, ...more }] }[wanted];
    for (const [name, page] of Object.entries(checked[0])) await check(name, page, {});
    for (const [name, page] of Object.entries(checked[1])) await check(name, page, { cookies });
  }),
);
