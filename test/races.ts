// Data races within a workgroup, without a device: wgsl_reflect's interpreter runs all invocations of a workgroup in
// lockstep, from barrier to barrier. What it computes is not looked at, only who touches what. It is not sure of
// var<private>, of what is behind && and ||, of functions from which some invocations return early, and of the order
// of atomics: scans, ctc, sampling and products by way of workgroup memory are beyond it.

import { detectRaces, MemoryTracker } from "wgsl_reflect";
import { packParams, packRun, runBytes } from "../src/plan/params.js";
import { Plan } from "../src/plan/plan.js";
import type { Case } from "./kernel_cases/case.js";

interface Touched {
  readonly line: number;
  readonly invocation: number;
  readonly isWritten: boolean;
  readonly isAtomic: boolean;
}

const several = -1;
let touched = new Map<string, Touched>();
let races: string[] = [];

// Its own comparison of every access with every other takes minutes.
MemoryTracker.prototype.record = function (name, offset, _, kind, isAtomic): void {
  const at = `${name} byte ${offset}`;
  const before = touched.get(at);
  const isWritten = kind === "write";
  const { currentInvocation: invocation, currentLine: line } = this;
  const isOrdered = isAtomic && before?.isAtomic === true;
  if (before && before.invocation !== invocation && (isWritten || before.isWritten) && !isOrdered) {
    races.push(`${at}: lines ${before.line} and ${line}`);
  }
  const by = before && before.invocation !== invocation ? several : invocation;
  touched.set(at, { line, invocation: by, isWritten: isWritten || before?.isWritten === true, isAtomic });
};
MemoryTracker.prototype.endPhase = (): void => touched.clear();

/** Which races a case's dispatch has with this text in place of its kernel's, and which barriers not all reach. */
export function racesOf({ kernel, given, params, run }: Case, wgsl: string): readonly string[] {
  touched = new Map();
  races = [];
  const plan = new Plan();
  const bound = Object.entries(given).map(
    ([name, { length }]) => [name, plan.buffer(name, [length], "state")] as const,
  );
  plan.dispatch(kernel, Object.fromEntries(bound), params);
  const numbers = new DataView(new ArrayBuffer(runBytes));
  packRun(run, numbers);
  const buffers: (ArrayBufferLike | { uniform: ArrayBuffer })[] = [
    { uniform: packParams(plan, 256).bytes },
    ...Object.keys(kernel.bindings).map((name) => given[name].slice().buffer),
    { uniform: numbers.buffer },
  ];
  const { errors } = detectRaces(wgsl, "main", [...kernel.workgroups(params)], { 0: { ...buffers } });
  return [...races, ...errors];
}
