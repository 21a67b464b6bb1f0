// The compiled module. An import needs no permission, which reading the file would.
import source module from "../explain/explain_bg.wasm";
import { explainer } from "./explainer.js";

export const explain = explainer(() => module);
