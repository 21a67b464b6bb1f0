import { explainer } from "./explainer.js";

export const explain = explainer(() => WebAssembly.compileStreaming(fetch(new URL("../explain/explain_bg.wasm", import.meta.url))));
