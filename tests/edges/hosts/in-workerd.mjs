// Decides the vectors in workerd: node vectors-in-workerd.mjs FILE. Prints the decisions.
import { readFile } from "node:fs/promises";
import { Miniflare } from "miniflare";
import { modulesOf } from "./bundle.mjs";

const worker = new Miniflare({
  modules: await modulesOf("./vectors-worker.mjs", "bundled"),
  compatibilityDate: "2026-07-01",
});
try {
  const response = await worker.dispatchFetch("http://worker.example/", { method: "POST", body: await readFile(process.argv[2]) });
  console.log(await response.text());
} finally {
  await worker.dispose();
}
