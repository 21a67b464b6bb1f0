import { readFile } from "node:fs/promises";
import { gateFactory } from "./gate.js";

export const createGate = gateFactory({
  module: async () => WebAssembly.compile(await readFile(new URL("./gate_bg.wasm", import.meta.url))),
  mode: "background",
});
