// What is wanted of webrnn's time by that of the best other library on WebGPU, in the same run.

import type { Name } from "../../../demo/measure/workloads.js";
import type { LaneName } from "./lanes/lane.js";
import type { Cell, Table, Timing } from "./race.js";

export const wanted: Partial<Record<Name, number>> = {
  A_last: 0.5,
  B_long: 0.45,
  C_lstm: 0.85,
  C_gru: 0.8,
  C_rnn: 0.8,
  D_bi2: 0.7,
  E_train: 0.45,
  F_gen: 0.1,
};

/** Of the first training step, compilation included: in milliseconds, and by jax-js's. */
export const wantedFirst = { milliseconds: 3000, ofJax: 0.6 };

export const isTiming = (cell: Cell | undefined): cell is Timing => typeof cell === "object";

/** webrnn's time by the best of the others', and whose that is; undefined where there is no such pair. */
export function ratioOf(table: Table, name: Name): { ratio: number; best: LaneName } | undefined {
  const own = table.get(name)?.get("webrnn");
  const rest = Array.from(table.get(name) ?? []).flatMap(([lane, cell]) =>
    lane !== "webrnn" && isTiming(cell) && runsOnGpu(cell) ? [{ lane, min: cell.min }] : [],
  );
  if (!isTiming(own) || rest.length === 0) return undefined;
  const { lane, min } = rest.reduce((best, one) => (one.min < best.min ? one : best));
  return { ratio: own.min / min, best: lane };
}

/** onnxruntime-web runs some operators on the CPU without a word. */
export const runsOnGpu = ({ counts }: Timing): boolean => counts.dispatches > 0;

/** The first update of webrnn by jax-js's. */
export function firstRatio(table: Table): number | undefined {
  const [own, jax] = (["webrnn", "jax"] as const).map((lane) => table.get("E_train")?.get(lane));
  return isTiming(own) && isTiming(jax) ? own.first / jax.first : undefined;
}
