// In Workers, the import of a module of WebAssembly is the compiled module.
import module from "./gate_bg.wasm";
import { gateFactory } from "./gate.js";

export const createGate = gateFactory({ module: () => module as unknown as WebAssembly.Module, mode: "on-request" });
