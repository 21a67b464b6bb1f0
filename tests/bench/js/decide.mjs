// Measures the CPU time of a decision, side by side with a verification by `jose`, in one process: node decide.mjs FILE. Prints JSON.
import { readFile } from "node:fs/promises";
import { createGate } from "@postern/gate";
import { importJWK, jwtVerify } from "jose";

const { bundle, tokens, rounds } = JSON.parse(await readFile(process.argv[2], "utf8"));

/** The header fields of an ordinary request of a browser. */
const FIELDS = {
  accept: "application/json",
  "accept-encoding": "gzip, deflate, br",
  "accept-language": "en-GB,en;q=0.9",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "x-request-id": "5b2f0f0e-6c0e-4f0e-8d5e-0d7f7a1d2c3b",
};

function requestWith(token) {
  return new Request("https://api.example/pizza/1.0.0/orders/1", { headers: { ...FIELDS, authorization: `Bearer ${token}` } });
}

/** The CPU time of all threads, in microseconds for each item. */
async function cpu(items, work) {
  const begin = process.cpuUsage();
  for (const item of items) {
    await work(item);
  }
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / items.length;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const rows = [];
for (const [algorithm, { kid, cold }] of Object.entries(tokens)) {
  const jwk = bundle.keys.keys.find((key) => key.kid === kid);
  const key = await importJWK(jwk, algorithm);
  const options = { issuer: bundle.issuer, audience: bundle.audience, algorithms: [algorithm], typ: "at+jwt" };
  const verify = async (token) => {
    const { payload } = await jwtVerify(token, key, options);
    if (!payload.sub) throw new Error("jose does not verify");
  };
  const decideWith = (gate) => async (request) => {
    const decision = await gate.decide(request);
    if (!decision.allowed) throw new Error(decision.code);
  };
  const times = { jose: [], cold: [], hot: [] };
  for (let round = 0; round < rounds; round++) {
    const gate = await createGate({ bundle });
    const requests = cold.map(requestWith);
    times.jose.push(await cpu(cold, verify));
    times.cold.push(await cpu(requests, decideWith(gate)));
    const again = Array.from({ length: cold.length * 4 }, () => requestWith(cold[0]));
    times.hot.push(await cpu(again, decideWith(gate)));
    gate.close();
  }
  // The first rounds let the engine compile.
  const measured = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all.slice(Math.floor(rounds / 3)))]));
  rows.push({ algorithm, ...measured });
}
console.log(JSON.stringify(rows));
