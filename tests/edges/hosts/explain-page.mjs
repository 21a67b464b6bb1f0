// Explains decisions in the page, in Chromium: node explain-page.mjs PLAN. The plan has `pages` (addresses, the first one is replaced by a
// static server for ""), `bundle`, `cases`, `commands` and `pictures`. Prints what the page showed and sent, and problems.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { mkdirSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { withBrowser } from "./browser.mjs";
import { checkAccessibility, checkKeyboard, checkStructure, checkTextSpacing, checkWidth, checkZoom } from "./page-checks.mjs";

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml" };
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
const LABELS = {
  method: "Method",
  url: "URL",
  headers: "Other headers",
  source: "Address of the client",
  token: "Access token",
  bundle: "Bundle, or the configuration of the plugin",
  time: "Time of the decision",
};

const plan = JSON.parse(await readFile(process.argv[2], "utf8"));
const problems = [];

/// A static server that knows no type of WebAssembly, for the page's folder and a bundle beside it.
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://page").pathname);
  try {
    const file = path === "/" ? "/index.html" : path;
    const body = path === "/bundle.json" ? plan.bundle : await readFile(join("node_modules/@postern/gate/explain", file));
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const own = `http://127.0.0.1:${server.address().port}/`;

/// Opens the page and waits until it can decide. `requests` collects what it sends afterwards.
async function open(browser, url) {
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: WIDE });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(`${url}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`${url}: ${error.message}`));
  await page.goto(url, { waitUntil: "load" });
  await page.locator("#explain:enabled").waitFor();
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  return { context, page, requests };
}

async function fill(page, entered) {
  await page.getByRole("button", { name: "Clear everything" }).click();
  for (const [field, label] of Object.entries(LABELS)) {
    if (entered[field] !== undefined) await page.getByLabel(label, { exact: true }).fill(entered[field]);
  }
}

/// What the page shows.
async function shown(page) {
  return page.evaluate(() => {
    const text = (element) => element?.textContent.trim() ?? "";
    return {
      verdict: text(document.querySelector("#outcome")),
      summary: text(document.querySelector(".verdict")),
      states: [...document.querySelectorAll(".steps > li")].map((step) => step.className),
      failed: text(document.querySelector(".steps > .failed")),
      unverified: document.querySelectorAll(".mark").length,
      result: document.querySelector("#result").innerText,
      focus: document.activeElement.id,
      problem: [...document.querySelectorAll(".wrong, #problem:not([hidden])")].map(text).filter(Boolean).join(" "),
    };
  });
}

async function explainAll(browser, url) {
  const { context, page, requests } = await open(browser, url);
  const results = [];
  for (const { name, ...entered } of plan.cases) {
    await fill(page, { bundle: plan.bundle, ...entered });
    await page.getByRole("button", { name: "Explain" }).click();
    results.push({ name, ...(await shown(page)) });
  }
  // Without a mouse: Enter in a field sends the form to the script.
  await page.getByLabel("URL", { exact: true }).press("Enter");
  if ((await shown(page)).focus !== "outcome") problems.push(`${url}: Enter does not explain`);
  const kept = await page.evaluate(async () => [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, location.href]);
  if (kept.join() !== ["", 0, 0, 0, url].join()) problems.push(`${url}: the page keeps ${kept}`);
  await context.close();
  return { url, results, requests };
}

/// The bundle's address, a file, and a curl command.
async function fillIn(browser) {
  const { context, page, requests } = await open(browser, own);
  await page.getByText("Fill in from a curl command").click();
  const filled = { commands: [] };
  for (const command of plan.commands) {
    await page.getByLabel("curl command").fill(command);
    await page.getByRole("button", { name: "Fill in the request" }).click();
    const fields = ["method", "url", "headers", "token"].map((field) => page.getByLabel(LABELS[field], { exact: true }).inputValue());
    filled.commands.push({ fields: await Promise.all(fields), problem: (await shown(page)).problem });
  }
  await page.getByLabel("Or a file").setInputFiles({ name: "bundle.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await page.getByText("The bundle is from the file bundle.json.").waitFor();
  const address = page.getByLabel("Or an address on this server");
  await address.fill(`http://localhost:${server.address().port}/bundle.json`);
  await page.getByRole("button", { name: "Fetch the bundle" }).click();
  filled.elsewhere = await page.locator("#address-problem").textContent();
  await address.fill("bundle.json");
  filled.address = await page.locator("#address-whole").textContent();
  filled.before = [...requests];
  await page.getByRole("button", { name: "Fetch the bundle" }).click();
  await page.getByText(`The bundle is from ${own}bundle.json.`).waitFor();
  filled.requests = requests.map((url) => url.replace(own, "/"));
  filled.bundle = (await page.getByLabel(LABELS.bundle).inputValue()) === plan.bundle;
  const count = problems.length;
  // The policy stops what a script would send elsewhere.
  filled.elsewhereIsBlocked = await page.evaluate(
    (url) => fetch(url, { mode: "no-cors" }).then(() => false, () => true),
    `http://localhost:${server.address().port}/bundle.json`,
  );
  problems.length = count;
  await context.close();
  return filled;
}

/// Accessibility, width, keyboard and zoom, and pictures of each view.
async function inspect(browser) {
  mkdirSync(plan.pictures, { recursive: true });
  const { context, page } = await open(browser, own);
  problems.push(...(await checkStructure(page)), ...(await checkKeyboard(page)));
  for (const name of ["form", "allowed", "expired", "bad-signature", "no-resource"]) {
    const entered = plan.cases.find((each) => each.name === name);
    if (entered) {
      await fill(page, { bundle: plan.bundle, ...entered });
      await page.getByRole("button", { name: "Explain" }).click();
    }
    for (const viewport of [WIDE, NARROW]) {
      for (const colorScheme of ["light", "dark"]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const found = [...(await checkAccessibility(page)), ...(await checkWidth(page))];
        problems.push(...found.map((problem) => `${name}, ${viewport.width} pixels, ${colorScheme}: ${problem}`));
        await page.screenshot({ path: join(plan.pictures, `${name}-${viewport.width}-${colorScheme}.png`), fullPage: true });
      }
    }
  }
  problems.push(...(await checkZoom(page)), ...(await checkTextSpacing(page)));
  await context.close();
}

try {
  const printed = await withBrowser(async (browser) => {
    const pages = [];
    for (const url of plan.pages) pages.push(await explainAll(browser, url || own));
    const filled = await fillIn(browser);
    if (plan.pictures) await inspect(browser);
    return { pages, filled, problems };
  });
  console.log(JSON.stringify(printed));
} finally {
  server.close();
}
