/** The compiled module, for hosts that import WebAssembly. */
declare const module: WebAssembly.Module;
export default module;
