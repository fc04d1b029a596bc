// The declarations of a shader, floor 2: what src/kernels/kernel.ts says of it, as WGSL. Shaders that are read alone
// have theirs, which tests hold to the kernel's, and lose them in the build; those that are printed have none.

import type { Kernel } from "./kernel.js";

/** The text, and the declarations that it lacks: the uniform `params`, storage bindings, the uniform `run`. */
export function declared({
  wgsl,
  params,
  bindings,
  run,
}: Pick<Kernel, "wgsl" | "params" | "bindings" | "run">): string {
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
