// Warming up, floor 5: runs before a session's first. Engines compile JavaScript well once it has run often,
// and put a function of WebAssembly in its better form between its calls only; whoever waits for a run, as an
// audio thread, must not wait for that.

import type { CpuMachine } from "../backends/cpu/machine.js";
import type { Kernel } from "../kernels/kernel.js";
import { cost } from "../plan/cost.js";
import type { Plan } from "../plan/plan.js";

/** At most so many runs, in at most so many milliseconds; and none where one run alone would take so long. */
const most = { runs: 1000, time: 20, one: 5 };

/** Kernels that have been warmed up on a machine: they stay so. */
const warm = new WeakMap<CpuMachine, WeakSet<Kernel>>();

/**
 * Runs again and again, unless the plan's kernels have been run like that before. `prepare` gives the run:
 * only what is run needs arrays to run on.
 */
export function warmUp(machine: CpuMachine, plan: Plan, prepare: () => () => void): void {
  const known = warm.get(machine) ?? new WeakSet();
  warm.set(machine, known);
  const cold = plan.dispatches.filter(({ kernel }) => !known.has(kernel));
  if (cold.length === 0 || cost([plan]).flops > (most.one / 1000) * machine.speed) return;
  const run = prepare();
  const end = Date.now() + most.time; // an AudioWorklet has no performance.now()
  for (let runs = 0; runs < most.runs && Date.now() < end; runs += 1) run();
  for (const { kernel } of cold) known.add(kernel);
}
