import { gateFactory } from "./gate.js";

export const createGate = gateFactory({
  module: () => WebAssembly.compileStreaming(fetch(new URL("./gate_bg.wasm", import.meta.url))),
  mode: "on-request",
});
