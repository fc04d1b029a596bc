// Timings as a table: each beside another of the same race, and the largest ratio of the two that is wanted.

import type { Timing } from "./race.js";

export interface Row {
  readonly workload: string;
  readonly timing: Timing;
  /** Floating-point operations of a run, where they are worth telling. */
  readonly flops?: number;
  readonly beside?: Timing;
  readonly limit?: number;
}

const head = ["workload", "lane", "ms", "GFLOP/s", "beside", "ratio", "wanted", ""];

export function tableOf(rows: readonly Row[]): string {
  const lines = [head, head.map(() => "---"), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cells({ workload, timing, flops, beside, limit }: Row): string[] {
  const { name, milliseconds } = timing;
  const ratio = beside && milliseconds / beside.milliseconds;
  return [
    workload,
    name,
    digits(milliseconds),
    flops === undefined ? "" : (flops / milliseconds / 1e6).toFixed(1),
    beside?.name ?? "",
    ratio === undefined ? "" : digits(ratio),
    limit === undefined ? "" : `≤ ${digits(limit)}`,
    ratio === undefined || limit === undefined ? "" : ratio <= limit ? "yes" : "NO",
  ];
}

/** Three digits that count. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
