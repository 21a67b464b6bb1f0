// Runs the example of a Worker in workerd: prints its address. Ends workerd when it is told to end.
import { Miniflare } from "miniflare";
import { modulesOf } from "./bundle.mjs";

const { ISSUER, ISSUER_URL, EDGE_KEY, BUNDLE_KEYS, ORIGIN } = process.env;
const worker = new Miniflare({
  modules: await modulesOf("./example/worker.ts", "bundled"),
  compatibilityDate: "2026-07-01",
  host: "127.0.0.1",
  port: 0,
  bindings: { ISSUER, ISSUER_URL, EDGE_KEY, BUNDLE_KEYS, ORIGIN },
});
console.log((await worker.ready).host);
process.on("SIGTERM", () => worker.dispose().then(() => process.exit()));
