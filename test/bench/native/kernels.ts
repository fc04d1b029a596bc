// What each kernel of a workload takes: the plan that is run is taken apart, and all dispatches of one kernel are
// run and timed alone, in one pass.

import type { Backend } from "webrnn";
import type { WebGpuMachine } from "../../../src/backends/webgpu/machine.js";
import { still } from "../../../src/kernels/kernel.js";
import { cost } from "../../../src/plan/cost.js";
import { type Dispatch, Plan } from "../../../src/plan/plan.js";
import type { Clock } from "./clock.js";

export interface Share {
  readonly kernel: string;
  readonly dispatches: number;
  /** Milliseconds until its pipeline was there; next to none where another workload has the same kernel. */
  readonly compiled: number;
  readonly seconds: number;
  readonly flops: number;
  readonly bytes: number;
}

export function machineOf(backend: Backend): WebGpuMachine {
  return (backend as unknown as { machine: WebGpuMachine }).machine; // what webgpu() gives has one
}

/** Every plan that a backend builds from here on. */
export function plansOf(backend: Backend): Plan[] {
  const machine = machineOf(backend);
  const plans: Plan[] = [];
  const build = machine.build.bind(machine);
  machine.build = (plan, ...rest) => {
    plans.push(plan);
    return build(plan, ...rest);
  };
  return plans;
}

/** On a machine that has compiled nothing of it yet. */
export async function sharesOf(machine: WebGpuMachine, plan: Plan, clock: Clock): Promise<Share[]> {
  const shares: Share[] = [];
  const groups = new Map<string, Dispatch[]>();
  for (const dispatch of plan.dispatches) {
    const { name } = dispatch.kernel;
    groups.set(name, [...(groups.get(name) ?? []), dispatch]);
  }
  for (const [kernel, dispatches] of groups) {
    const alone = new Plan();
    for (const { bound } of dispatches) {
      for (const buffer of Object.values(bound)) alone.use(buffer);
    }
    alone.dispatches.push(...dispatches);
    const begun = performance.now();
    const runnable = await machine.build(alone, new Map());
    const compiled = performance.now() - begun;
    await runnable.run(still);
    const seconds = await clock.time(() => runnable.run(still), 5);
    runnable.dispose();
    const { flops, bytes } = cost([alone]);
    shares.push({ kernel, dispatches: dispatches.length, compiled, seconds, flops, bytes });
  }
  return shares;
}
