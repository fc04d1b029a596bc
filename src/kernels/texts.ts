// The texts of kernels, floor 2: what prints those that Kernel.wgsl of src/kernels/kernel.ts leaves to others, and the
// declarations, as WGSL. A backend on WebGPU imports it, and nobody else. Shaders that are read alone have their
// declarations, which tests hold to the kernel's, and lose them in the build; those that are printed have none.

import type { Kernel } from "./kernel.js";
import { matmulText } from "./matmul_text.js";
import { pointwiseText } from "./pointwise.js";
import { sampleText } from "./sample.js";
import { scanText, stepText } from "./step_link.js";
import { updateText } from "./update.js";

const texts = {
  matmul: matmulText,
  pointwise: pointwiseText,
  sample: sampleText,
  scan: scanText,
  step: stepText,
  update: updateText,
};

export type Texts = typeof texts;

type Told = Pick<Kernel, "wgsl" | "params" | "bindings" | "run">;

const known = new WeakMap<Told, string>();

/** The whole text of a kernel. */
export function textOf(kernel: Told): string {
  const { wgsl } = kernel;
  const text = known.get(kernel) ?? declared(kernel, typeof wgsl === "string" ? wgsl : wgsl(texts));
  known.set(kernel, text);
  return text;
}

/** The text, and the declarations that it lacks: the uniform `params`, storage bindings, the uniform `run`. */
function declared({ params, bindings, run }: Told, wgsl: string): string {
  const fields = Object.entries(params).map(([name, type]) => `${name}: ${type},`);
  const storage = Object.entries(bindings).map(([name, access]) => {
    const [mode, type = "f32"] = access.split(" ");
    return `<storage, ${mode}> ${name}: array<${type}>`;
  });
  const variables = ["<uniform> params: Params", ...storage, ...(run ? ["<uniform> run: Run"] : [])];
  const lacking = variables.flatMap((variable, k) => {
    const place = `@binding(${k})`;
    return wgsl.includes(place) ? [] : [`@group(0) ${place} var${variable};`];
  });
  const struct = wgsl.includes("struct Params") ? [] : ["struct Params {", ...fields, "}"];
  return [wgsl, ...struct, ...lacking].join("\n");
}
