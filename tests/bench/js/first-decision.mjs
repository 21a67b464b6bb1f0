// Measures how long a new workerd process takes to its first answer, with the gate and without: node first-decision.mjs FILE. Prints JSON.
import { readFile, writeFile } from "node:fs/promises";
import { Miniflare } from "miniflare";
import { modulesOf } from "./bundle.mjs";

const RUNS = 7;
const { bundle, tokens } = JSON.parse(await readFile(process.argv[2], "utf8"));
const compatibilityDate = "2026-07-01";

await writeFile("without.mjs", `export default { fetch: () => new Response("ok") };`);
await writeFile(
  "with.mjs",
  `import { createGate } from "@postern/gate";
const gate = await createGate({ bundle: ${JSON.stringify(bundle)} });
export default { fetch: async (request) => new Response((await gate.decide(request)).code) };`,
);

async function firstAnswer(modules, expected) {
  const begin = performance.now();
  const worker = new Miniflare({ modules, compatibilityDate });
  try {
    const headers = { authorization: `Bearer ${tokens.ES256.cold[0]}` };
    const answer = await (await worker.dispatchFetch("https://api.example/pizza/1.0.0/orders/1", { headers })).text();
    if (answer !== expected) throw new Error(answer);
    return performance.now() - begin;
  } finally {
    await worker.dispose();
  }
}

const [plain, gated] = [await modulesOf("without.mjs", "without"), await modulesOf("with.mjs", "with")];
const times = { without: [], with: [] };
for (let run = 0; run < RUNS; run++) {
  times.without.push(await firstAnswer(plain, "ok"));
  times.with.push(await firstAnswer(gated, "token"));
}
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(JSON.stringify({ runs: RUNS, with: median(times.with), without: median(times.without) }));
