// The guarded API in workerd: prints its address. Ends workerd when it is told to end.
import { Miniflare } from "miniflare";
import { modulesOf } from "./bundle.mjs";

const worker = new Miniflare({
  modules: await modulesOf("./guarded-worker.mjs", "bundled"),
  compatibilityDate: "2026-07-01",
  host: "127.0.0.1",
  port: 0,
  bindings: { OPTIONS: process.env.OPTIONS, UPSTREAM: process.env.UPSTREAM },
});
console.log((await worker.ready).host);
process.on("SIGTERM", () => worker.dispose().then(() => process.exit()));
