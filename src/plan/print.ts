// A plan as text, floor 3: one dispatch a line, bindings by name where the buffer has the same one.
// Dispatches that differ only in step numbers fold into one line, so that a plan of thousands reads as the
// algorithm.

import { NONE } from "../kernels/step_part.js";
import { cost } from "./cost.js";
import type { Copy, Dispatch, Plan } from "./plan.js";
import { si } from "./units.js";

/** Steps that repeat at most so many dispatches are found. */
const longestPeriod = 8;
/** Two of a kind are no steps: they are printed as they are. */
const fewestTimes = 3;

/** In columns: kernel, bindings, parameters. */
type Line = readonly [string, string, string];

/** The plan as lines in columns: kernel, bindings, parameters; then what was chosen, and the totals. */
export function print(plan: Plan): string {
  const { dispatches } = plan;
  const lines: Line[] = plan.before.map(copyLine);
  const { scale } = plan;
  if (scale) lines.unshift(["copy", `${scale.buffer.name}[${scale.at}] -> run.scale`, "n=1"]);
  for (let at = 0; at < dispatches.length; ) {
    const { period, times } = stepsAt(dispatches, at);
    lines.push(...runLines(dispatches.slice(at, at + 2 * period), period, times));
    at += period * times;
  }
  lines.push(...plan.after.map(copyLine));
  const chosen = Array.from(plan.chosen, ([what, { reason }]) => `${what}: ${reason}`);
  return [...columns(lines), ...(lines.length > 0 ? [""] : []), ...chosen, totals(plan)].join("\n");
}

function totals(plan: Plan): string {
  const { dispatches, submits, flops, memory } = cost([plan]);
  const several = (n: number, what: string) =>
    `${n} ${what}${n === 1 ? "" : what.endsWith("ch") ? "es" : "s"}`;
  return [
    several(dispatches, "dispatch"),
    several(submits, "submit"),
    several(plan.buffers.length, "buffer"),
    si(memory, "B"),
    si(flops, "FLOP"),
  ].join(", ");
}

/** The shortest block of dispatches that repeats from `at` on, and how often. */
function stepsAt(dispatches: readonly Dispatch[], at: number): { period: number; times: number } {
  for (let period = 1; period <= longestPeriod; period += 1) {
    let end = at + period;
    while (goesOn(dispatches, end, period, end < at + 2 * period)) {
      end += 1;
    }
    const times = Math.floor((end - at) / period);
    if (times >= fewestTimes) {
      return { period, times };
    }
  }
  return { period: 1, times: 1 };
}

/**
 * Whether a dispatch is that of a period before with other numbers: any in the second period, then by the
 * same steps.
 */
function goesOn(dispatches: readonly Dispatch[], n: number, period: number, isSecond: boolean): boolean {
  const next = dispatches[n];
  const last = dispatches[n - period];
  const first = dispatches[n - 2 * period];
  const step = (from: Dispatch, to: Dispatch, name: string) => to.params[name] - from.params[name];
  return (
    next !== undefined &&
    next.kernel === last.kernel &&
    Object.keys(next.bound).every((name) => next.bound[name] === last.bound[name]) &&
    (isSecond || Object.keys(next.params).every((name) => step(last, next, name) === step(first, last, name)))
  );
}

/** A block and, if it repeats, the block after it, which tells the steps of the numbers. */
function runLines(dispatches: readonly Dispatch[], period: number, times: number): Line[] {
  const first = dispatches.slice(0, period);
  const stepOf = (n: number, name: string): number =>
    times > 1 ? dispatches[n + period].params[name] - first[n].params[name] : 0;
  const hasSteps = first.some(({ params }, n) => Object.keys(params).some((name) => stepOf(n, name) !== 0));
  const isBlock = period > 1 || (times > 1 && !hasSteps);
  const lines = first.map(({ kernel, bound, params }, n): Line => {
    const bindings = Object.keys(kernel.bindings).map((name) =>
      bound[name].name === name ? name : `${name}=${bound[name].name}`,
    );
    const numbers = Object.keys(kernel.params)
      .filter((name) => says(params[name]) || says(stepOf(n, name)))
      .map((name) => `${name}=${range(params[name], stepOf(n, name), times)}`);
    return [`${isBlock ? "  " : ""}${kernel.name}`, bindings.join(" "), numbers.join(" ")];
  });
  return isBlock ? [[`${times} times:`, "", ""], ...lines] : lines;
}

/** An offset or a flag of 0 and a step that is none say nothing. */
function says(value: number): boolean {
  return value !== 0 && value !== NONE;
}

/** 7, 0..63, 63..0, or 0,4..252. */
function range(first: number, step: number, times: number): string {
  if (step === 0) {
    return `${first}`;
  }
  const last = first + (times - 1) * step;
  return Math.abs(step) === 1 ? `${first}..${last}` : `${first},${first + step}..${last}`;
}

function copyLine({ from, to, size }: Copy): Line {
  const place = ({ buffer, at }: Copy["to"]) => (at === 0 ? buffer.name : `${buffer.name}[${at}]`);
  return from ? ["copy", `${place(from)} -> ${place(to)}`, `n=${size}`] : ["clear", place(to), `n=${size}`];
}

function columns(lines: readonly Line[]): string[] {
  const [names, bindings] = [0, 1].map((column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map(([name, bound, params]) =>
    `${name.padEnd(names)}  ${bound.padEnd(bindings)}  ${params}`.trimEnd(),
  );
}
