// Starts the browser that `just browser` found or got: BROWSER_TOOLS is its folder, with `chromium` and node_modules.

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

/// Calls `work` with a real Chromium that nobody used before, and ends it. It sees only what the tests serve, so it needs no sandbox, which
/// not every machine would give it.
export async function withBrowser(work) {
  const profile = mkdtempSync(join(tmpdir(), "postern-browser-"));
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: resolve(tools, "chromium"),
      args: flags,
      chromiumSandbox: false,
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    });
    return await work(browser);
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
