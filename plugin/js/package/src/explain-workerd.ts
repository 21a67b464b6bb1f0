// In Workers, the import of a module of WebAssembly is the compiled module.
import module from "../explain/explain_bg.wasm";
import { explainer } from "./explainer.js";

export const explain = explainer(() => module as unknown as WebAssembly.Module);
