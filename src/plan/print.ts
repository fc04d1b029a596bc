// A plan as text, floor 3: one dispatch a line, bindings by name where the buffer has the same one. Dispatches that differ
// only in step numbers fold into one line, so that a plan of thousands reads as the algorithm.

import { cost } from "./cost.js";
import type { Copy, Dispatch, Plan } from "./plan.js";
import { si } from "./units.js";

/** Steps that repeat at most so many dispatches are found. */
const longestPeriod = 8;
/** Two of a kind are no steps: they are printed as they are. */
const fewestTimes = 3;

/** A run of dispatches: a block, and how often it repeats with step numbers going on. */
interface Run {
  readonly first: readonly Dispatch[];
  /** The block's second time, if there is one: it tells the steps of the numbers. */
  readonly second: readonly Dispatch[];
  readonly times: number;
}

interface Line {
  readonly indent: string;
  readonly name: string;
  readonly bound: string;
  readonly params: string;
}

/** The plan as lines in columns: kernel, bindings, parameters; then the totals. Ends without a newline. */
export function print(plan: Plan): string {
  const lines = [
    ...plan.before.map(copyLine),
    ...fold(plan.dispatches).flatMap(runLines),
    ...plan.after.map(copyLine),
  ];
  const printed = columns(lines);
  return [...printed, ...(printed.length > 0 ? [""] : []), totals(plan)].join("\n");
}

function totals(plan: Plan): string {
  const { dispatches, submits, flops, memory } = cost(plan);
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

function fold(dispatches: readonly Dispatch[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < dispatches.length; ) {
    const run = runAt(dispatches, at);
    runs.push(run);
    at += run.times * run.first.length;
  }
  return runs;
}

/** The run with the shortest block that begins at `at`. */
function runAt(dispatches: readonly Dispatch[], at: number): Run {
  for (let period = 1; period <= longestPeriod; period += 1) {
    const block = (n: number) => dispatches.slice(at + n * period, at + (n + 1) * period);
    let times = 1;
    while (goesOn(block(times - 1), block(times), times === 1 ? undefined : [block(0), block(1)])) {
      times += 1;
    }
    if (times >= fewestTimes) {
      return { first: block(0), second: block(1), times };
    }
  }
  return { first: [dispatches[at]], second: [], times: 1 };
}

/** Whether block b is block a one step on: a step as in `steps`, if these are known. */
function goesOn(
  a: readonly Dispatch[],
  b: readonly Dispatch[],
  steps: readonly [readonly Dispatch[], readonly Dispatch[]] | undefined,
): boolean {
  return (
    a.length === b.length &&
    a.every((dispatch, n) => {
      const next = b[n];
      const alike =
        dispatch.kernel === next.kernel &&
        Object.keys(dispatch.bound).every((name) => dispatch.bound[name] === next.bound[name]);
      const step = (from: Dispatch, to: Dispatch, name: string) => to.params[name] - from.params[name];
      return (
        alike &&
        Object.keys(dispatch.params).every(
          (name) => !steps || step(dispatch, next, name) === step(steps[0][n], steps[1][n], name),
        )
      );
    })
  );
}

function runLines({ first, second, times }: Run): Line[] {
  const steps = first.some(({ params }, n) =>
    Object.keys(params).some((name) => second[n] && second[n].params[name] !== params[name]),
  );
  const block = first.length > 1 || (times > 1 && !steps);
  const lines = first.map((dispatch, n) => ({
    indent: block ? "  " : "",
    name: dispatch.kernel.name,
    bound: Object.keys(dispatch.kernel.bindings)
      .map((name) => (dispatch.bound[name].name === name ? name : `${name}=${dispatch.bound[name].name}`))
      .join(" "),
    params: Object.keys(dispatch.kernel.params)
      .filter((name) => says(dispatch.params[name]) || says(second[n]?.params[name] ?? 0))
      .map((name) => `${name}=${range(dispatch.params[name], second[n]?.params[name], times)}`)
      .join(" "),
  }));
  return block ? [{ indent: "", name: `${times} times:`, bound: "", params: "" }, ...lines] : lines;
}

/** An offset or a flag of 0 and a step that is none (all bits set) say nothing. */
function says(value: number): boolean {
  return value !== 0 && value !== 0xffffffff;
}

/** 7, 0..63, 63..0, or 0,4..252. */
function range(first: number, second: number | undefined, times: number): string {
  if (second === undefined || second === first) {
    return `${first}`;
  }
  const step = second - first;
  const last = first + (times - 1) * step;
  return Math.abs(step) === 1 ? `${first}..${last}` : `${first},${second}..${last}`;
}

function copyLine({ from, to, size }: Copy): Line {
  const place = (end: Copy["to"]) => (end.at === 0 ? end.buffer.name : `${end.buffer.name}[${end.at}]`);
  const bound = from ? `${place(from)} -> ${place(to)}` : place(to);
  return { indent: "", name: from ? "copy" : "clear", bound, params: `n=${size}` };
}

function columns(lines: readonly Line[]): string[] {
  const width = (column: (line: Line) => string, most: number) =>
    lines.reduce((widest, line) => Math.max(widest, Math.min(most, column(line).length)), 0);
  const names = width((line) => line.indent + line.name, 28);
  const bounds = width((line) => line.bound, 48);
  return lines.map(({ indent, name, bound, params }) =>
    `${(indent + name).padEnd(names)}  ${bound.padEnd(bounds)}  ${params}`.trimEnd(),
  );
}
