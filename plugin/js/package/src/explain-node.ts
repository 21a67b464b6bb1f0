import { readFile } from "node:fs/promises";
import { explainer } from "./explainer.js";

export const explain = explainer(async () => WebAssembly.compile(await readFile(new URL("../explain/explain_bg.wasm", import.meta.url))));
