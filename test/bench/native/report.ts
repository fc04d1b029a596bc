// What the native bench found as a page of tables.

import type { Workload } from "../../../demo/measure/workloads.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { Ceilings } from "./ceilings.js";
import type { Clock } from "./clock.js";
import type { Share } from "./kernels.js";

export interface Measured {
  readonly workload: Workload;
  /** Seconds of a run, from host arrays to a host array. */
  readonly run: number;
  /** Of a run. */
  readonly flops: number;
  readonly dispatches: number;
  readonly plan: Plan;
  readonly shares: readonly Share[];
}

export type Torch =
  | { readonly none: string }
  | {
      readonly device: string;
      readonly torch: string;
      readonly seconds: Readonly<Record<string, number>>;
      readonly product: number;
    };

interface Found {
  readonly where: string;
  readonly clock: Clock["by"];
  readonly ceilings: Ceilings;
  readonly measured: readonly Measured[];
  readonly torch: Torch;
}

export function pageOf({ where, clock, ceilings, measured, torch }: Found): string {
  const { bandwidth, arithmetic, product } = ceilings;
  const beside =
    "none" in torch
      ? `PyTorch was not measured: ${torch.none}.`
      : `PyTorch ${torch.torch} (cuDNN, float32) on ${torch.device}; its product of two 4096 × 4096 matrices: ${giga(torch.product)} GFLOP/s.`;
  return `# Each kernel beside what the device can do

Printed by \`npm run bench:native\`: ${where}. Times are the GPU's, by ${clock}, the least of five.

The device, measured in the same run: it copies ${giga(bandwidth)} GB/s (read and written counted apart), multiplies and adds
${giga(arithmetic)} GFLOP/s in registers, and gives ${giga(product)} GFLOP/s in the library's product of two large matrices.
${beside}

## Workloads

A run: from host arrays to a host array. Kernels: the sum of those below${"none" in torch ? "" : ", beside PyTorch's time on the GPU"}.

${tabulate(
  [
    "",
    "run, ms",
    "GFLOP/s",
    "dispatches",
    "kernels, ms",
    ...("none" in torch ? [] : ["PyTorch, ms", "ratio"]),
  ],
  measured.map((one) => workloadRow(one, torch)),
)}

## Kernels

All dispatches of a kernel in one pass, alone. The roofline: the operations at the arithmetic ceiling or the bytes at
that of copying, whichever takes longer. Bytes are as \`plan.cost()\` counts them. Of A and F: what one step takes. A kernel that an
earlier workload has, too, is compiled already.

${tabulate(
  [
    "",
    "kernel",
    "dispatches",
    "compiled, ms",
    "µs",
    "GFLOP/s",
    "GB/s",
    "bound by",
    "of the roofline",
    "of the product",
  ],
  measured.flatMap(({ workload, shares }) =>
    shares.map((share) => [workload.name, ...kernelRow(share, ceilings)]),
  ),
)}
`;
}

function workloadRow(
  { workload: { name }, run, flops, dispatches, shares }: Measured,
  torch: Torch,
): string[] {
  const kernels = shares.reduce((sum, { seconds }) => sum + seconds, 0);
  const row = [name, digits(1e3 * run), digits(flops / run / 1e9), `${dispatches}`, digits(1e3 * kernels)];
  if ("none" in torch) return row;
  const theirs = torch.seconds[name];
  return [...row, ...(theirs ? [digits(1e3 * theirs), digits(kernels / theirs)] : ["", ""])];
}

function kernelRow(
  { kernel, dispatches, compiled, seconds, flops, bytes }: Share,
  ceilings: Ceilings,
): string[] {
  const [computing, moving] = [flops / ceilings.arithmetic, bytes / ceilings.bandwidth];
  return [
    kernel,
    `${dispatches}`,
    compiled.toFixed(0),
    digits(1e6 * seconds),
    digits(flops / seconds / 1e9),
    digits(bytes / seconds / 1e9),
    computing > moving ? "arithmetic" : "bytes",
    percent(Math.max(computing, moving) / seconds),
    kernel.startsWith("matmul") ? percent(flops / seconds / ceilings.product) : "",
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const giga = (value: number): string => digits(value / 1e9);

function tabulate(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** Three digits that count. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
