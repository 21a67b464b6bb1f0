// A single-page application in a real Chromium, on another origin than the issuer: discovers the issuer, signs a user in with an
// authorization code and PKCE, exchanges the code, refreshes and revokes, all from the page's script. Environment: BROWSER_TOOLS, and ISSUER,
// CLIENT_ID (of a public client), CALLBACK, USER_ID, PASSWORD and SCOPE. Prints what the page did.

import { createServer } from "node:http";

import { expect, parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";

const callback = new URL(parameter("CALLBACK"));

/// The page's script. It runs in the browser.
async function application({ issuer, clientId, callback, scope }) {
  const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const form = (fields) => ({ method: "POST", body: new URLSearchParams(fields) });
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const keys = await fetch(metadata.jwks_uri);
  const code = new URL(location.href).searchParams.get("code");
  if (!code) {
    const verifier = encoded(crypto.getRandomValues(new Uint8Array(32)));
    sessionStorage.setItem("verifier", verifier);
    const challenge = encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    const query = { client_id: clientId, redirect_uri: callback, response_type: "code", scope, code_challenge: challenge, code_challenge_method: "S256" };
    location.href = `${metadata.authorization_endpoint}?${new URLSearchParams(query)}`;
    return undefined;
  }
  const exchange = { grant_type: "authorization_code", code, redirect_uri: callback, client_id: clientId, code_verifier: sessionStorage.getItem("verifier") };
  const first = await (await fetch(metadata.token_endpoint, form(exchange))).json();
  // A header that needs a preflight request: the answer to a wrong secret can be read.
  const wrong = await fetch(metadata.token_endpoint, { ...form({ grant_type: "client_credentials" }), headers: { authorization: "Basic eDp5" } });
  const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token, client_id: clientId };
  const second = await (await fetch(metadata.token_endpoint, form(refresh))).json();
  const revoked = await fetch(metadata.revocation_endpoint, form({ token: second.access_token, client_id: clientId }));
  // What must not be possible from here: requests with cookies, and answers of other endpoints.
  const fails = (asked) => asked.then(() => false, () => true);
  return {
    issuer: metadata.issuer,
    keys: keys.status,
    scope: first.scope,
    wrong: { status: wrong.status, error: (await wrong.json()).error, challenge: wrong.headers.get("www-authenticate") !== null },
    refreshed: typeof second.access_token === "string" && second.access_token !== first.access_token,
    revoked: revoked.status,
    withCookies: await fails(fetch(metadata.token_endpoint, { ...form(refresh), credentials: "include" })),
    introspection: await fails(fetch(metadata.introspection_endpoint, form({ token: second.access_token }))),
    account: await fails(fetch(`${issuer}/account`, { credentials: "include" })),
  };
}

const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><html lang=\"en\"><title>Application</title><h1>Application</h1>");
});
// On another name than the issuer, so that it is another site and not only another port.
await new Promise((resolve) => server.listen(callback.port, resolve));
try {
  const settings = { issuer: parameter("ISSUER"), clientId: parameter("CLIENT_ID"), callback: callback.href, scope: parameter("SCOPE") };
  const done = await withBrowser(async (browser) => {
    const page = await browser.newPage();
    await page.goto(new URL("/", callback).href);
    await Promise.all([page.waitForURL(/sign-in/), page.evaluate(application, settings).catch(() => undefined)]);
    await page.getByLabel("User name").fill(parameter("USER_ID"));
    await page.getByLabel("Password").fill(parameter("PASSWORD"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await page.waitForURL((address) => address.origin === callback.origin);
    return page.evaluate(application, settings);
  });
  expect("the page's result", done, {
    issuer: parameter("ISSUER"),
    keys: 200,
    scope: parameter("SCOPE"),
    wrong: { status: 401, error: "invalid_client", challenge: true },
    refreshed: true,
    revoked: 200,
    withCookies: true,
    introspection: true,
    account: true,
  });
  console.log(JSON.stringify(done));
} finally {
  server.closeAllConnections();
  server.close();
}
