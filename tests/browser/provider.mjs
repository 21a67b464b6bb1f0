// A person signs in to the portal with npm oidc-provider, from the button to the form for the first application, and comes back to the
// button. Environment: BROWSER_TOOLS, ISSUER, PROVIDER. Prints how many clicks it took.

import { parameter } from "../clients/parameters.mjs";
import { withBrowser } from "./browser.mjs";

const portal = new URL("/portal", parameter("ISSUER")).href;
await fetch(`${parameter("PROVIDER")}/groups/alice/developers`);

const results = {};
await withBrowser(async (browser) => {
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled });
    // The provider's pages ask for a font.
    await context.route(/googleapis/, (route) => route.abort());
    const page = await context.newPage();
    let clicks = 0;
    const press = async (name) => {
      clicks += 1;
      await page.getByRole("button", { name, exact: true }).click();
    };
    await page.goto(portal);
    await press("Sign in with Corp");
    await page.getByPlaceholder("Enter any login").fill("alice");
    await page.getByPlaceholder("and password").fill("any");
    await press("Sign-in");
    await press("Continue");
    await page.waitForURL(portal);
    await page.getByRole("button", { name: "Create" }).waitFor();
    await page.goto(new URL("/sign-in?next=/portal&again=true", portal).href);
    await page.getByRole("button", { name: "Sign in with Corp", exact: true }).waitFor();
    results[javaScriptEnabled ? "with JavaScript" : "without JavaScript"] = clicks;
    await context.close();
  }
});
process.stdout.write(JSON.stringify(results));
