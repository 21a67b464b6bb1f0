// Checks pages: `node check-pages.mjs FOLDER NAME=URL…`. Saves screenshots in FOLDER. Prints a line for each problem, and fails if there
// is one.

import { withBrowser } from "./browser.mjs";
import { checkPage } from "./page-checks.mjs";

const [folder, ...pages] = process.argv.slice(2);
if (pages.length === 0) throw new Error("no pages were named");

await withBrowser(async (browser) => {
  for (const page of pages) {
    const [name, url] = [page.slice(0, page.indexOf("=")), page.slice(page.indexOf("=") + 1)];
    for (const problem of await checkPage(browser, url, { pictures: { folder, name } })) {
      console.log(`${name}: ${problem}`);
      process.exitCode = 1;
    }
  }
});
