// Builds the Vite project in this folder and opens its page, then opens it from Vite's server for development. Prints what the page shows.
import { build, createServer, preview } from "vite";
import { withBrowser } from "./browser.mjs";

const quiet = { logLevel: "error", server: { host: "127.0.0.1", port: 0 }, preview: { host: "127.0.0.1", port: 0 } };

await build(quiet);
const built = await preview(quiet);
const development = await (await createServer(quiet)).listen();
try {
  await withBrowser(async (browser) => {
    for (const [name, server] of [["built", built], ["development", development]]) {
      const page = await browser.newPage();
      page.on("pageerror", (error) => console.error(name, error));
      await page.goto(server.resolvedUrls.local[0]);
      await page.waitForFunction(() => document.getElementById("code").textContent);
      console.log(`${name}: ${await page.textContent("#code")}`);
    }
  });
} finally {
  await Promise.all([built.close(), development.close()]);
}
