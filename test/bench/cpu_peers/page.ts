// The bench's part in the browser: all races in one page, one after the other.

import { cellLanes } from "./cell.js";
import { loadOrt, type Ort, ortLane } from "./ort.js";
import { compare, race } from "./race.js";
import type { Row } from "./table.js";
import { trainingRows } from "./training.js";
import { forwardLane, fused, trainingLane, unfused } from "./webrnn_lanes.js";
import { C_lstm, cell, forward, networkOf, type Workload } from "./workloads.js";

export interface Report {
  readonly rows: readonly Row[];
  /** onnxruntime-web's version. */
  readonly ort: string;
}

/** seconds: of each race. */
export async function main(seconds: number): Promise<Report> {
  const ort = await loadOrt();
  const rows: Row[] = [];
  for (const workload of forward) rows.push(...(await forwardRows(ort, workload, seconds)));
  const training = [await trainingLane(fused), await trainingLane(unfused)];
  const C = await ortLane(ort, C_lstm, weightsOf(C_lstm));
  rows.push(...(await trainingRows("Chromium", training, C, seconds)));
  for (const mayFuse of [true, false]) rows.push(...(await cellRows(mayFuse, seconds)));
  return { rows, ort: ort.env.versions.web };
}

const weightsOf = (workload: Workload) => networkOf(workload).initialWeights({ seed: 1 });

async function forwardRows(ort: Ort, workload: Workload, seconds: number): Promise<Row[]> {
  const weights = weightsOf(workload);
  const ours = [await forwardLane(fused, workload, weights), await forwardLane(unfused, workload, weights)];
  const lanes = [...ours, await ortLane(ort, workload, weights)];
  const timings = await race(lanes, seconds);
  compare(workload.name, lanes);
  const [{ flops }] = ours;
  const beside = timings[ours.length];
  const { wanted, name } = workload;
  return [
    ...ours.map(({ isFused }, n): Row => {
      const limit = isFused ? wanted.fused : wanted.unfused;
      return { workload: name, timing: timings[n], flops, beside, limit };
    }),
    { workload: name, timing: beside, flops },
  ];
}

async function cellRows(mayFuse: boolean, seconds: number): Promise<Row[]> {
  const lanes = await cellLanes(mayFuse);
  const [timing, beside] = await race(lanes, seconds);
  const workload = `${cell.name}, ${mayFuse ? "fused" : "not fused"} multiply-add`;
  compare(workload, lanes);
  return [
    { workload, timing, beside, limit: cell.wanted },
    { workload, timing: beside },
  ];
}
