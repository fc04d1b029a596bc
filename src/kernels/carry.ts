// Numbers moved within their buffers, floor 2: states from where one run leaves them to where the next one finds
// them, of all layers at once, so that many runs are one pass.

import { type Access, defineKernel, type Field, grid, type Kernel } from "./kernel.js";

/** moves: the bindings, by number, of which each goes from and to. */
export function carry(moves: readonly (readonly [number, number])[]): Kernel {
  const count = Math.max(...moves.flat()) + 1;
  const bindings = Object.fromEntries(
    Array.from({ length: count }, (_, k): [string, Access] => [`x${k}`, "read_write"]),
  );
  // Named once: a run makes no string.
  const named = moves.map(([source, target], k) => ({
    source: `x${source}`,
    target: `x${target}`,
    n: `n${k}`,
    from: `from${k}`,
    to: `to${k}`,
  }));
  const params: Record<string, Field> = {};
  for (const { n, from, to } of named) for (const name of [n, from, to]) params[name] = "u32";
  const lines = named.map(
    ({ source, target, n, from, to }) =>
      `  if i < params.${n} { ${target}[params.${to} + i] = ${source}[params.${from} + i]; }`,
  );
  return defineKernel({
    name: `carry(${moves.map(([source, target]) => `${source} to ${target}`).join(", ")})`,
    wgsl: [
      "@compute @workgroup_size(64)",
      "fn main(@builtin(global_invocation_id) id: vec3u) {",
      "  let i = id.y * 65535u * 64u + id.x;",
      ...lines,
      "}",
    ].join("\n"),
    bindings,
    params,
    workgroups: (p) => grid(Math.max(...named.map(({ n }) => p[n])), 64),
    cpu(ops, at, p) {
      for (const { source, target, n, from, to } of named)
        ops.copy(at[target] + p[to], at[source] + p[from], p[n]);
    },
    flops: () => 0,
  });
}
