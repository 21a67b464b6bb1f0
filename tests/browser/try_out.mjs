// The try-out of the catalogue, through the real gateway, and that of the management API. Environment: BROWSER_TOOLS, ISSUER, GATEWAY, USER_ID,
// PASSWORD, TOKEN (for the API trattoria/2.0.0) and PERSONAL_TOKEN. Prints what was answered, and where each token was sent.

import { parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";

const at = (path) => new URL(path, parameter("ISSUER")).href;
const [user, password, token, personal] = ["USER_ID", "PASSWORD", "TOKEN", "PERSONAL_TOKEN"].map(parameter);

/// Opens an operation, fills its fields, sends it, and returns the answer's text.
async function send(page, id, fields, body) {
  const operation = page.locator(`#${id}`);
  if (!(await operation.evaluate((element) => element.open))) await operation.locator("summary").click();
  for (const [name, value] of Object.entries(fields)) await operation.getByLabel(name, { exact: true }).fill(value);
  if (body !== undefined) await operation.getByLabel("Body").fill(body);
  const answer = operation.locator(".answer");
  await answer.evaluate((element) => (element.textContent = "before"));
  await operation.getByRole("button").click();
  await page.waitForFunction(([element, sending]) => !["before", sending].includes(element.textContent), [await answer.elementHandle(), "Sending …"]);
  return answer.innerText();
}

/// What a page of any origin could read of the token later.
function kept(page, word) {
  return page.evaluate((word) => {
    const stores = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
    return stores.some((text) => text.includes(word));
  }, word);
}

await withBrowser(async (browser) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const sent = [];
  page.on("request", async (request) => {
    const headers = await request.allHeaders();
    if (headers.authorization) sent.push(`${request.method()} ${new URL(request.url()).origin}${new URL(request.url()).pathname}`);
    if (request.url().includes(token) || request.url().includes(personal)) sent.push(`in the address: ${request.url()}`);
  });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(at("/portal/apis/trattoria/2.0.0"));
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Pasta delivery" }).waitFor();

  const answers = {};
  answers.public = await send(page, "operation-get-menu", { lang: "it & de" });
  answers.without = await send(page, "operation-get-orders-id", { id: "7" });
  await page.getByLabel("Your token").fill(token);
  answers.order = await send(page, "operation-get-orders-id", { id: "8" });
  answers.change = await send(page, "operation-put-orders-id", { id: "7" });
  answers.dots = await send(page, "operation-get-orders-id", { id: ".." });
  await page.getByLabel("Your token").fill(`${token}x`);
  answers.wrong = await send(page, "operation-get-orders-id", { id: "7" });
  const isKept = await kept(page, token);
  // The policy of the page lets nothing go elsewhere, not even to the issuer.
  const elsewhere = await page.evaluate((address) => fetch(address).then(() => "sent", () => "blocked"), at("/oauth2/jwks"));
  await page.reload();
  const afterReload = await page.getByLabel("Your token").inputValue();

  await page.goto(at("/api/docs"));
  await page.getByLabel("Your token").fill(personal);
  answers.me = await send(page, "operation-get-api-v1-me", {});
  console.log(JSON.stringify({ answers, sent, isKept, elsewhere, afterReload, complaints }));
});
