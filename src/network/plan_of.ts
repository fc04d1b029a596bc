// What users see of a plan, floor 5: its dispatches in words and what it costs; without a device too.

import { ShapeError } from "../errors.js";
import type { Steps } from "../kernels/kernel.js";
import { livePlaces } from "../kernels/live.js";
import { check, portable } from "../plan/check.js";
import { cost } from "../plan/cost.js";
import type { Buffer, Plan } from "../plan/plan.js";
import { print } from "../plan/print.js";
import type { PlanView } from "../types.js";
import { asInts, type Ints } from "../weights/tensors.js";
import type { Built } from "./build.js";
import type { AnyNetwork } from "./network.js";
import { ensureOptions } from "./options.js";
import { type PlanRequest, planFor } from "./planner.js";
import type { Trace } from "./trace.js";

/** planOf: the same plan where these optional inputs are given. after: one that follows it now and then. */
export function viewOf(
  { optional, inputs }: Trace,
  built: Built,
  planOf: (open: ReadonlySet<string>) => Built,
  after?: Plan,
): PlanView {
  const plansOf = ({ plan }: Built): Plan[] => (after ? [plan, after] : [plan]);
  return {
    print: () => plansOf(built).map(print).join("\n\n"),
    cost: ({ lengths } = {}) => {
      if (lengths === undefined) return cost(plansOf(built));
      const open = [...optional].filter((name) => inputs.get(name)?.shape.axes === "vector");
      const told = planOf(new Set(open));
      return cost(plansOf(told), stepsOf(told, lengths));
    },
  };
}

/** The steps that there are by every table that is made of lengths. */
function stepsOf({ plan, derived, inputs }: Built, given: Ints): Map<Buffer, Steps> {
  const where = "plan.cost: lengths";
  const tables = new Set(plan.dispatches.map(({ bound }) => bound.live));
  const steps = new Map<Buffer, Steps>();
  for (const { input, make } of derived) {
    const { shape = [], vocabulary } = inputs.get(input) ?? {};
    if (shape.length !== 1 || vocabulary !== undefined) continue; // a mask, or tokens
    const [B] = shape;
    for (const { buffer, data } of make(Uint32Array.from(asInts(where, given, shape)), where)) {
      if (!tables.has(buffer)) continue;
      const at = livePlaces((data.length - 1) / (2 * B) - 1, B);
      const lengths = data.subarray(at.lengths, at.order);
      steps.set(buffer, { rows: data[at.count], at: (n) => lengths.filter((length) => length > n).length });
    }
  }
  if (steps.size > 0) return steps;
  throw new ShapeError(`${where} are given; the network must take lengths. Leave them out.`);
}

export function planOf(net: AnyNetwork, o: object): PlanView {
  const request = o as PlanRequest;
  const { device, subgroups, float16, ...asked } = request; // what the device is like is no public option
  ensureOptions("plan", asked);
  const limits = { ...portable, ...request.limits };
  const bound = { ...request, limits, largest: limits.maxStorageBufferBindingSize };
  const arena = net.arenaOf(request.storage);
  const { built, after } = planFor(net, arena, bound);
  for (const plan of after ? [built.plan, after] : [built.plan]) check(plan, limits);
  return viewOf(net.trace, built, (open) => planFor(net, arena, { ...bound, open }).built, after);
}
