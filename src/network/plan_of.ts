// model.plan(), floor 5: the plan of a network, made and checked without a device.

import { check, portable } from "../plan/check.js";
import { cost } from "../plan/cost.js";
import { bufferBytes } from "../plan/params.js";
import { type Plan, size } from "../plan/plan.js";
import { print } from "../plan/print.js";
import type { PlanView } from "../types.js";
import type { AnyNetwork } from "./network.js";
import { type PlanRequest, planFor } from "./planner.js";

/** What users see of a plan, and of one that follows it now and then. */
export function viewOf(plan: Plan, after?: Plan): PlanView {
  if (!after) return { print: () => print(plan), cost: () => cost(plan) };
  return {
    print: () => `${print(plan)}\n\n${print(after)}`,
    cost: () => {
      const [first, second] = [cost(plan), cost(after)];
      const both = plan.buffers.filter((buffer) => after.buffers.includes(buffer));
      const shared = both.reduce((sum, buffer) => sum + bufferBytes(4 * size(buffer)), 0);
      return {
        dispatches: first.dispatches + second.dispatches,
        submits: first.submits + second.submits,
        flops: first.flops + second.flops,
        bytes: first.bytes + second.bytes,
        memory: first.memory + second.memory - shared,
      };
    },
  };
}

export function planOf(net: AnyNetwork, o: object): PlanView {
  const { limits, ...request } = o as PlanRequest & { limits?: Readonly<Record<string, number>> };
  const { built, after } = planFor(net, net.arena, request);
  for (const plan of after ? [built.plan, after] : [built.plan]) check(plan, { ...portable, ...limits });
  return viewOf(built.plan, after);
}
