// Prints the sizes of the module in bytes, as JSON.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const module = readFileSync("node_modules/@postern/gate/dist/gate_bg.wasm");
const brotli = brotliCompressSync(module, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
console.log(JSON.stringify({ module: module.length, gzip: gzipSync(module, { level: 9 }).length, brotli: brotli.length }));
