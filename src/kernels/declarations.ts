// The declarations of a shader whose text is printed, floor 2: what src/kernels/kernel.ts says of it, as WGSL.

import type { Access, Field } from "./kernel.js";

/** The uniform `params`. */
export function printParams(params: Readonly<Record<string, Field>>): string[] {
  return [
    "struct Params {",
    ...Object.entries(params).map(([name, type]) => `  ${name}: ${type},`),
    "}",
    "@group(0) @binding(0) var<uniform> params: Params;",
  ];
}

/** The storage bindings and, after them, the uniform `run`. */
export function printBindings(bindings: Readonly<Record<string, Access>>, run: boolean): string[] {
  const lines = Object.entries(bindings).map(([name, access], k) => {
    const [mode, type = "f32"] = access.split(" ");
    return `@group(0) @binding(${k + 1}) var<storage, ${mode}> ${name}: array<${type}>;`;
  });
  return run ? [...lines, `@group(0) @binding(${lines.length + 1}) var<uniform> run: Run;`] : lines;
}
