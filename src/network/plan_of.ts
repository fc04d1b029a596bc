// model.plan(), floor 5: the plan of a network, made and checked without a device.

import { check, portable } from "../plan/check.js";
import { cost } from "../plan/cost.js";
import type { Plan } from "../plan/plan.js";
import { print } from "../plan/print.js";
import type { PlanView } from "../types.js";
import type { AnyNetwork } from "./network.js";
import { type PlanRequest, planFor } from "./planner.js";

/** What users see of a plan. */
export function viewOf(plan: Plan): PlanView {
  return { print: () => print(plan), cost: () => cost(plan) };
}

export function planOf(net: AnyNetwork, o: object): PlanView {
  const { limits, ...request } = o as PlanRequest & { limits?: Readonly<Record<string, number>> };
  const { plan } = planFor(net, net.arena, request).built;
  check(plan, { ...portable, ...limits });
  return viewOf(plan);
}
