// From an issuer with one administrator and nothing else to a call through the real gateway. In the browser the administrator makes a tier
// and imports an API; a developer signs in with npm oidc-provider, makes an application, subscribes, is approved, and generates a token
// that is bound to app.example.com; a page of that host calls the API, and one elsewhere; the developer re-generates the token; and the
// administrator finds all of it in the audit log. With and without JavaScript, and with the keyboard alone.
//
// Environment: BROWSER_TOOLS, ISSUER, PROVIDER, GATEWAY, DOCUMENT (an OpenAPI document of the sample API "pasta"), PASSWORD (of the administrator alice). Prints
// for each way what the pages got, both tokens, the curl command of the second one, and how many clicks and seconds the developer took from the sign-in page to the answer.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";
import { keyboard, mouse } from "./hands.mjs";

const HOSTS = ["app.example.com", "app.example.net"];

const at = (path) => new URL(path, parameter("ISSUER")).href;
const portal = at("/portal");
const document = readFileSync(parameter("DOCUMENT"), "utf8");

/// The page of an application in the browser: it calls the address of its first field with the token of its second one.
const APPLICATION = `<!doctype html><html lang="en"><title>Application</title><h1>Application</h1>
<label>Address <input id="address"></label><label>Token <input id="token"></label><button>Call</button><output></output>
<script>
document.querySelector("button").onclick = async () => {
  const output = document.querySelector("output");
  try {
    const headers = { authorization: "Bearer " + document.querySelector("#token").value };
    const response = await fetch(document.querySelector("#address").value, { headers });
    output.value = response.status + " " + ((await response.json()).code ?? "ok");
  } catch (error) {
    output.value = String(error);
  }
};
</script>`;

/// Serves the application's page at every host, and calls `work` with the port.
async function withApplicationPages(work) {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(APPLICATION));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(server.address().port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/// Calls `address` with `token` from the page of a host.
async function callFrom(browser, origin, address, token) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  await page.locator("#address").fill(address);
  await page.locator("#token").fill(token);
  await page.getByRole("button", { name: "Call" }).click();
  await page.waitForFunction(() => document.querySelector("output").value !== "");
  const result = await page.locator("output").innerText();
  await context.close();
  return result;
}

/// The same, until it gets `wanted`: the gateway has learnt of a change.
async function callUntil(wanted, ...call) {
  for (const end = Date.now() + 10_000; ; ) {
    const result = await callFrom(...call);
    if (result === wanted || Date.now() > end) return result;
  }
}

const heading = (page, name) => page.getByRole("heading", { name }).first().waitFor();
const shown = (page, term) => page.locator("dt", { hasText: term }).locator("+ dd code").innerText();

/// The administrator, who has signed in.
async function administratorOf(browser, hand, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(portal);
  const { press, fill } = hand(page);
  await fill("User name", "alice");
  await fill("Password", parameter("PASSWORD"));
  await press("Sign in");
  await page.waitForURL(portal);
  return { page, context };
}

async function makeTierAndApi({ page }, hand, { name, tier }) {
  const { press, follow, check, fill } = hand(page);
  await follow("Tiers");
  await fill("Name", tier);
  await fill("Requests", "100");
  await fill("Period", "1m");
  await check("An administrator must approve each subscription.");
  await press("Create");
  await page.getByText(`The tier ${tier} is created.`).waitFor();
  await follow("APIs");
  await follow("Import an API");
  await fill("OpenAPI document", document);
  await fill("Name of the API", name);
  await fill("Context", `/${name}`);
  await check(tier);
  await press("Preview");
  await heading(page, `New API ${name}/2.0.0`);
  await press("Apply");
  await heading(page, "Pasta delivery");
}

/// Returns the token, and what the developer needed for it, up to the call.
async function makeToken(browser, page, hand, names, approve, call) {
  const { press, follow, check, fill, fillPlaceholder, choose, clicks } = hand(page);
  await page.goto(portal);
  const began = performance.now();
  await press("Sign in with Corp");
  await fillPlaceholder("Enter any login", "dora");
  await fillPlaceholder("and password", "any");
  await press("Sign-in");
  await press("Continue");
  await page.waitForURL(portal);
  await fill("Name", names.application);
  await press("Create without a token");
  await heading(page, names.application);
  await choose("Subscribe to an API", `${names.name}/2.0.0 at ${names.tier}`);
  await press("Subscribe");
  await page.getByText("waits for approval by an administrator", { exact: true }).waitFor();
  const waiting = performance.now();
  await approve();
  const waited = performance.now() - waiting;
  await page.reload();
  await follow("Generate production");
  await check("orders");
  await fill("Allowed domains", HOSTS[0]);
  await press("Generate");
  await heading(page, "The production token");
  const token = await shown(page, "Token");
  const first = await call(token);
  return { token, first, clicks: clicks(), seconds: (performance.now() - began - waited) / 1000 };
}

async function run(browser, port, [way, hand, options], number) {
  const names = { name: `pasta${number}`, tier: `tier${number}`, application: `Storefront ${way}` };
  const administrator = await administratorOf(browser, hand, options);
  await makeTierAndApi(administrator, hand, names);
  const context = await browser.newContext(options);
  // The provider's pages ask for a font.
  await context.route(/googleapis/, (route) => route.abort());
  const page = await context.newPage();
  const address = `${parameter("GATEWAY")}/${names.name}/orders/7`;
  const [here, elsewhere] = HOSTS.map((host) => `http://${host}:${port}/`);
  const approve = async () => {
    const { follow, press } = hand(administrator.page);
    await follow("Approvals");
    await press(new RegExp(`^Approve\\W*${names.application}$`));
    await administrator.page.getByText("Approved.").waitFor();
  };
  const made = await makeToken(browser, page, hand, names, approve, (token) => callUntil("200 ok", browser, here, address, token));
  const refused = await callFrom(browser, elsewhere, address, made.token);
  const { press, follow } = hand(page);
  await follow("Done");
  await follow("Re-generate the production");
  await press("Re-generate");
  await heading(page, "The production token");
  const [second, command] = [await shown(page, "Token"), await page.locator("pre code").first().innerText()];
  const old = await callUntil("401 revoked", browser, here, address, made.token);
  const fresh = await callFrom(browser, here, address, second);
  await hand(administrator.page).follow("Audit log");
  const log = await administrator.page.locator("table").innerText();
  await Promise.all([context.close(), administrator.context.close()]);
  return { way, ...made, refused, second, command, old, fresh, address, log };
}

const WAYS = [
  ["with JavaScript", mouse, {}],
  ["without JavaScript", mouse, { javaScriptEnabled: false }],
  ["by keyboard", keyboard, {}],
];

await fetch(`${parameter("PROVIDER")}/groups/dora/developers`);
const resolve = HOSTS.map((host) => `MAP ${host} 127.0.0.1`).join(", ");
await withApplicationPages((port) =>
  withBrowser(
    async (browser) => {
      const results = [];
      for (const [number, way] of WAYS.entries()) results.push(await run(browser, port, way, number));
      process.stdout.write(JSON.stringify(results));
    },
    [`--host-resolver-rules=${resolve}`],
  ),
);
