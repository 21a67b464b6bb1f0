// Decides the vectors in a page: node vectors-in-chromium.mjs FILE. Prints the decisions.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { withBrowser } from "./browser.mjs";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html", ".json": "application/json" };
const PAGE = `<!doctype html><script type="importmap">{"imports":{"@postern/gate":"/node_modules/@postern/gate/dist/browser.js"}}</script>`;

const groups = process.argv[2];
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://page").pathname);
  try {
    const body = path === "/" ? PAGE : await readFile(path === "/groups.json" ? groups : join(".", path));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/html" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
try {
  const decisions = await withBrowser(async (browser) => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return page.evaluate(async () => {
      const [{ createGate }, { decideAll }] = await Promise.all([import("@postern/gate"), import("/vectors.mjs")]);
      const groups = await (await fetch("/groups.json")).json();
      return JSON.stringify(await decideAll(createGate, groups));
    });
  });
  console.log(decisions);
} finally {
  server.close();
}
