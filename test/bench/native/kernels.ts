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
  readonly seconds: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Every plan that a backend builds from here on. */
export function plansOf(backend: Backend): { readonly machine: WebGpuMachine; readonly plans: Plan[] } {
  const { machine } = backend as unknown as { machine: WebGpuMachine }; // what webgpu() gives has one
  const plans: Plan[] = [];
  const build = machine.build.bind(machine);
  machine.build = (plan, ...rest) => {
    plans.push(plan);
    return build(plan, ...rest);
  };
  return { machine, plans };
}

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
    const runnable = await machine.build(alone, new Map());
    await runnable.run(still);
    const seconds = await clock.time(() => runnable.run(still), 5);
    runnable.dispose();
    const { flops, bytes } = cost([alone]);
    shares.push({ kernel, dispatches: dispatches.length, seconds, flops, bytes });
  }
  return shares;
}
