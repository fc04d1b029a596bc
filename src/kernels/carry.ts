// Numbers moved within their buffers, floor 2: states from where one run leaves them to where the next one finds
// them, of all layers at once, so that many runs are one pass. A dispatch of its own, or the end of another one.

import { type Access, ceilDiv, defineKernel, type Field, type Kernel } from "./kernel.js";
import type { Ops } from "./ops.js";

/** From which buffer to which, by their numbers. */
export type Moves = readonly (readonly [number, number])[];
/** Of each move k its count n{k}, and where it goes from{k} and to{k}; of bindings x0, x1, … */
type Numbers = Readonly<Record<string, number>>;

export interface Carrying {
  readonly bindings: Readonly<Record<string, Access>>;
  readonly params: Readonly<Record<string, Field>>;
  /** carry(first, apart): moves every apart-th number from the first one on. */
  readonly wgsl: string;
  readonly cpu: (ops: Ops, at: Numbers, p: Numbers) => void;
}

export function carrying(moves: Moves): Carrying {
  // Named once: a run makes no string.
  const named = moves.map(([source, target], k) => ({
    source: `x${source}`,
    target: `x${target}`,
    n: `n${k}`,
    from: `from${k}`,
    to: `to${k}`,
  }));
  const names = new Set(named.flatMap(({ source, target }) => [source, target]));
  const lines = named.map(
    ({ source, target, n, from, to }) =>
      `for (var i = first; i < params.${n}; i += apart) { ${target}[params.${to} + i] = ${source}[params.${from} + i]; }`,
  );
  return {
    bindings: Object.fromEntries([...names].sort().map((name) => [name, "read_write"])),
    params: Object.fromEntries(
      named.flatMap(({ n, from, to }) => [n, from, to].map((name) => [name, "u32"])),
    ),
    wgsl: ["fn carry(first: u32, apart: u32) {", ...lines, "}"].join("\n"),
    cpu(ops, at, p) {
      for (const { source, target, n, from, to } of named)
        ops.copy(at[target] + p[to], at[source] + p[from], p[n]);
    },
  };
}

export function carry(moves: Moves): Kernel {
  const { wgsl, ...rest } = carrying(moves);
  return defineKernel<string, string>({
    ...rest,
    name: `carry(${moves.map(([source, target]) => `${source} to ${target}`).join(", ")})`,
    wgsl: [
      wgsl,
      "@compute @workgroup_size(64)",
      "fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {",
      "  carry(id.x, groups.x * 64u);",
      "}",
    ].join("\n"),
    workgroups: (p) => [Math.min(ceilDiv(Math.max(...moves.map((_, k) => p[`n${k}`])), 64), 65_535), 1, 1],
    flops: () => 0,
  });
}
