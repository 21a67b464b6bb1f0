import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gateFactory } from "./gate.js";
import type { ImportKey } from "./signatures.js";

/** Node's own cryptography verifies at once; the Web Cryptography API sends each signature to another thread, which costs more. */
const importKey: ImportKey = (_, der) => {
  const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  // The encoding is for ES256; RS256 has only one.
  const options = { key, dsaEncoding: "ieee-p1363" } as const;
  return (message, signature) => verify("sha256", message, options, signature);
};

export const createGate = gateFactory({
  module: async () => WebAssembly.compile(await readFile(new URL("./gate_bg.wasm", import.meta.url))),
  mode: "background",
  importKey,
});
