import * as bindings from "../explain/explain_bg.js";
import type { ExplainedDecision, ExplainOptions, ExplainRequest } from "./explain.js";

/** Makes `explain` for a host that loads the module like this. */
export function explainer(
  load: () => WebAssembly.Module | Promise<WebAssembly.Module>,
): (options: ExplainOptions, request: ExplainRequest) => Promise<ExplainedDecision> {
  let ready: Promise<void> | undefined;
  return async ({ bundle, settings, now }, request) => {
    ready ??= Promise.resolve(load()).then(start);
    await ready;
    try {
      const configuration = JSON.stringify({ ...settings, bundle });
      return JSON.parse(bindings.explain(configuration, JSON.stringify(request), now ?? Date.now() / 1000)) as ExplainedDecision;
    } catch (error) {
      throw new Error(String(error));
    }
  };
}

async function start(module: WebAssembly.Module): Promise<void> {
  const { exports } = await WebAssembly.instantiate(module, { "./explain_bg.js": bindings as never });
  (bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(exports);
  (exports.__wbindgen_start as (() => void) | undefined)?.();
}
