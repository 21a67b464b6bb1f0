// Bundles a Worker as Wrangler does: by esbuild, with the module of WebAssembly beside it.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import esbuild from "esbuild";

/** The modules of a Worker, as Miniflare takes them. */
export async function modulesOf(entry, folder) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    outdir: folder,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
  });
  return outputFiles
    .sort((a, b) => Number(a.path.endsWith(".wasm")) - Number(b.path.endsWith(".wasm")))
    .map(({ path, contents, text }) =>
      path.endsWith(".wasm")
        ? { type: "CompiledWasm", path: basename(path), contents }
        : { type: "ESModule", path: basename(path), contents: text },
    );
}
