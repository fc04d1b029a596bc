// Imported first: from here on this page refuses WebAssembly, as one does whose security policy lacks
// 'wasm-unsafe-eval'.

Object.defineProperty(WebAssembly, "Module", {
  value: class {
    constructor() {
      throw new WebAssembly.CompileError("this page refuses WebAssembly");
    }
  },
});
