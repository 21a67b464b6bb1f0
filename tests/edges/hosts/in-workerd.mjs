// Sends a file to a Worker in workerd: node in-workerd.mjs WORKER FILE. Prints the answer.
import { readFile } from "node:fs/promises";
import { Miniflare } from "miniflare";
import { modulesOf } from "./bundle.mjs";

const worker = new Miniflare({
  modules: await modulesOf(process.argv[2], "bundled"),
  compatibilityDate: "2026-07-01",
});
try {
  const response = await worker.dispatchFetch("http://worker.example/", { method: "POST", body: await readFile(process.argv[3]) });
  console.log(await response.text());
} finally {
  await worker.dispose();
}
