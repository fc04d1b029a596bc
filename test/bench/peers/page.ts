// The bench's part in the browser: one page a lane, which makes workloads ready and runs them as it is told.

import { type Name, workloads } from "../../../demo/measure/workloads.js";
import { type Counts, takeCounts } from "./count_gpu.js";
import { jaxLane } from "./lanes/jax.js";
import type { Lane, LaneName, Prepared } from "./lanes/lane.js";
import { ortLane } from "./lanes/ort.js";
import { tfjsLane } from "./lanes/tfjs.js";
import { webrnnLane } from "./lanes/webrnn.js";

const lanes: Record<LaneName, () => Lane> = {
  webrnn: webrnnLane,
  ort: () => ortLane({ bound: false }),
  ort_bound: () => ortLane({ bound: true }),
  tfjs: tfjsLane,
  jax: jaxLane,
};

export interface Readiness {
  /** From nothing to the first result: networks, memory, pipelines, compilation. In milliseconds. */
  readonly first: number;
  readonly counts: Counts;
  /** The largest difference from the float64 reference, of its largest number. */
  readonly difference: number;
  readonly note: string | undefined;
}

export interface Run {
  readonly milliseconds: number;
  readonly counts: Counts;
}

const ready = new Map<Name, Prepared>();
let lane: Lane;

export async function start(name: LaneName): Promise<string> {
  lane = lanes[name]();
  return lane.start();
}

/** A sentence where the lane has no such workload. */
export async function prepare(name: Name): Promise<Readiness | string> {
  const workload = workloads.find((candidate) => candidate.name === name);
  if (!workload)
    throw new Error(`There is no workload ${name}; it must be one of demo/measure/workloads.ts.`);
  takeCounts();
  const begun = performance.now();
  const prepared = await lane.prepare(workload);
  if (typeof prepared === "string") return prepared;
  const out = await prepared.run();
  const first = performance.now() - begun;
  const counts = takeCounts();
  ready.set(name, prepared);
  const got = workload.kind === "train" ? await losses(out, prepared) : (prepared.ordered?.(out) ?? out);
  const { reference = "own", note } = prepared;
  const response = await fetch(`/reference/${name}/${reference}`);
  const want = new Float64Array(await response.arrayBuffer());
  return { first, counts, difference: differenceOf(got, want), note };
}

/** Of the first three updates. */
async function losses(first: ArrayLike<number>, { run }: Prepared): Promise<number[]> {
  const [second, third] = [await run(), await run()];
  return [first[0], second[0], third[0]];
}

/** Infinite where there are other numbers than wanted, or none. */
function differenceOf(got: ArrayLike<number>, want: Float64Array): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  const differences = want.map((value, n) => Math.abs(got[n] - value));
  const most = differences.reduce((a, b) => Math.max(a, b), 0);
  const scale = want.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most / scale;
}

/** The last of so many runs is counted. */
export async function run(name: Name, times: number): Promise<Run[]> {
  const prepared = ready.get(name);
  if (!prepared) throw new Error(`The workload ${name} is not ready; it must be prepared first.`);
  const runs: Run[] = [];
  for (let n = 0; n < times; n += 1) {
    takeCounts();
    const begun = performance.now();
    await prepared.run();
    runs.push({ milliseconds: performance.now() - begun, counts: takeCounts() });
  }
  return runs;
}
