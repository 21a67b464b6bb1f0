// The compiled module. An import needs no permission, which reading the file would.
import source module from "./gate_bg.wasm";
import { gateFactory } from "./gate.js";

export const createGate = gateFactory({ module: () => module, mode: "background" });
