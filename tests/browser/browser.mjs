// Starts the browser that `just browser` provides. BROWSER_TOOLS is its folder, with `chromium` and node_modules.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const tools = process.env.BROWSER_TOOLS;
if (!tools) throw new Error("BROWSER_TOOLS is not set");

const { chromium } = createRequire(resolve(tools, "package.json"))("playwright-core");

/// The source of axe-core, which runs inside a page.
export const axeSource = readFileSync(resolve(tools, "node_modules/axe-core/axe.min.js"), "utf8");

const flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/// Calls `work` with a real Chromium with a new profile, and then closes it. It loads only pages of the tests, so it needs no sandbox,
/// which some machines do not allow. `more` are further flags.
export async function withBrowser(work, more = []) {
  const profile = mkdtempSync(join(tmpdir(), "postern-browser-"));
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: resolve(tools, "chromium"),
      args: [...flags, ...more],
      chromiumSandbox: false,
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    });
    return await work(browser);
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
