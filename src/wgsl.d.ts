// A shader as text: `import step from "../../shaders/step.wgsl?raw"`. Only src/kernels does so.
declare module "*.wgsl?raw" {
  const source: string;
  export default source;
}
