// How fast a device is at a workload: the least time of a few runs after a first one, which compiles.

import type { Backend } from "webrnn";
import { prepare } from "./work.js";
import type { Workload } from "./workloads.js";

export interface Speed {
  readonly workload: Workload;
  readonly milliseconds: number;
  readonly flopsPerSecond: number;
}

const mostRuns = 10;
/** What is slow is not repeated for longer than this, in milliseconds. */
const patience = 500;

export async function speedOf(backend: Backend, workload: Workload): Promise<Speed> {
  const work = await prepare(backend, workload);
  try {
    await work.run();
    let least = Number.POSITIVE_INFINITY;
    const end = performance.now() + patience;
    for (let n = 0; n < mostRuns && (n === 0 || performance.now() < end); n += 1) {
      const begun = performance.now();
      await work.run();
      least = Math.min(least, performance.now() - begun);
    }
    return { workload, milliseconds: least, flopsPerSecond: work.flops / (least / 1000) };
  } finally {
    work.dispose();
  }
}
