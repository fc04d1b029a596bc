// A shader as text: `import step from "../../shaders/step.wgsl?raw"`. Only src/kernels does so.
declare module "*.wgsl?raw" {
  const source: string;
  export default source;
}

// What gives a WebAssembly module. Only src/backends/cpu does so; scripts/assembly.mjs compiles.
declare module "*?simd" {
  const bytes: () => Uint8Array<ArrayBuffer>;
  export default bytes;
}
declare module "*?relaxed-simd" {
  const bytes: () => Uint8Array<ArrayBuffer>;
  export default bytes;
}
