// How a recurrent layer's pass is run, floor 3: all time steps in one dispatch (a scan), or a dispatch a step. A pure
// function of sizes, limits and what the device costs (src/plan/device_class.ts); src/plan/estimate.ts has the formulas.

import { type Exchanged, partsOf } from "../kernels/parts.js";
import { ownsProducts, scanThreads } from "../kernels/scan_layout.js";
import type { Storage } from "./arena.js";
import { checkLimit, type Limits, portable } from "./check.js";
import { type DeviceClass, ordinary } from "./device_class.js";
import { holds, scanBytes, scanStep, splitBytes, stepStep } from "./estimate.js";
import { time } from "./units.js";

/** A layer's pass forward or backward. exchanges: of one step, in their order; none where no unit sees another. */
export interface Pass {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly D: number;
  readonly exchanges: readonly Exchanged[];
  /** Numbers that an exchange gives a unit: what an invocation of a step adds up at the same time. */
  readonly gives: number;
}

/** On what, and as asked. */
export interface Means {
  /** What the device costs: an ordinary GPU where nothing is known. */
  readonly device?: DeviceClass | undefined;
  /** Portable ones unless given. */
  readonly limits?: Limits | undefined;
  /** Forces how recurrent layers run: all time steps in one dispatch, or one dispatch a step. */
  readonly strategy?: "scan" | "step" | undefined;
  /** Whether the device cannot bind what a scan does. */
  readonly noScan?: boolean | undefined;
  /** How matrices are stored that are multiplied forward. */
  readonly storage?: Storage | undefined;
  /** In what products may multiply and add: arithmeticOf says it where it is not given. */
  readonly arithmetic?: Storage | undefined;
  /** Whether the device computes in float16. */
  readonly float16?: boolean | undefined;
  /** Whether the device's subgroups can add. */
  readonly subgroups?: boolean | undefined;
  /** The longest that a dispatch may take by estimate; no bound unless given. */
  readonly seconds?: number | undefined;
}

/** float16 only on a device that has it: as asked, else with matrices stored so where that is faster. */
export function arithmeticOf({ arithmetic, storage, float16, device = ordinary }: Means): Storage {
  const wanted = arithmetic ?? (device.float16Rate > 1 ? storage : undefined);
  return (float16 && wanted) || "float32";
}

export interface Choice {
  /** What it was chosen for. */
  readonly pass: Pass;
  readonly strategy: "scan" | "step";
  /** Into how many parts each exchange's sums are cut: the same for both strategies, so that both give the same bits. */
  readonly parts: readonly number[];
  /** Sequences that an invocation (step) or a workgroup (scan) owns. */
  readonly tile: number;
  /** Invocations of a scan's workgroup, and what parts are made for. */
  readonly threads: number;
  /** Scan: whether invocations hold the weights in registers. */
  readonly resident: boolean;
  /** Step: units that an invocation owns. */
  readonly units: number;
  /** Step: whether parts are of invocations of their own. */
  readonly split: boolean;
  /** Steps of one dispatch. */
  readonly steps: number;
  /** Of all steps, by estimate. */
  readonly seconds: number;
  /** In a line, for people. */
  readonly reason: string;
}

/** Tiles that are tried; all divide most batches. */
const tiles = [1, 2, 4, 8, 16];
/** Numbers that an invocation can add up at the same time without spilling them. */
const accumulators = 64;

/** Throws LimitError where a scan is asked for and does not fit. */
export function choose(pass: Pass, means: Means = {}): Choice {
  const { device = ordinary, limits = portable, strategy, seconds: bound = Number.POSITIVE_INFINITY } = means;
  const { T, B, exchanges } = pass;
  const bytes = means.storage === "float16" ? 2 : 4;
  const shared = limits.maxComputeWorkgroupStorageSize ?? portable.maxComputeWorkgroupStorageSize;
  const ways = waysOfStep(pass)
    .filter((way) => !way.split || splitBytes(pass, way.tile) <= shared)
    .map((way) => ({ ...way, seconds: T * stepStep(pass, device, { ...way, bytes }) }));
  // how sums are cut hangs on sizes and the device, never on the strategy: as is best for steps
  const way = best(ways);
  const { threads } = way;
  const parts = exchanges.map(({ rows, depth }) => partsOf(rows, depth, threads));
  const one = { pass, parts, threads, units: 1, split: false, resident: false, steps: 1, reason: "" };
  const step: Choice | undefined = exchanges.length > 0 ? { ...one, ...way, strategy: "step" } : undefined;

  const resident = !ownsProducts(threads) && holds(exchanges, threads) <= device.registers;
  const scans = (means.noScan ? [] : tiles)
    .filter((tile) => (tile === 1 || tile < 2 * B) && scanBytes(exchanges, threads, tile) <= shared)
    .map((tile): Choice => {
      const each = scanStep(pass, device, { tile, threads, resident, bytes });
      const steps = exchanges.length > 0 ? Math.max(1, Math.min(T, Math.floor(bound / each))) : T;
      const seconds = T * each + Math.ceil(T / steps) * device.launch;
      return { ...one, strategy: "scan", tile, resident, steps, seconds };
    });
  const scan: Choice | undefined = best(scans);
  if (strategy === "scan") {
    const granted = { maxComputeWorkgroupStorageSize: shared };
    const needs = scanBytes(exchanges, threads, 1);
    checkLimit('strategy "scan"', granted, "maxComputeWorkgroupStorageSize", needs, "leave strategy out");
  }
  const asked = strategy === "scan" ? scan : step;
  // there is one: a cell without exchange scans without workgroup memory
  const chosen = (strategy && asked) || best([scan, step].filter((c) => c !== undefined));
  const other = chosen === scan ? step : scan;
  return { ...chosen, reason: [...howOf(chosen, pass), whyOf(chosen, other, pass, means)].join(", ") };
}

/**
 * What an invocation of a step may own; or how many share a unit, each with parts of its sums. A part is made for one
 * of `threads` invocations: few sequences of many units may have more parts, for cores that would idle.
 */
function waysOfStep({ B, H, gives, exchanges }: Pass) {
  const isFew = B <= 8 && exchanges.some(({ rows }) => rows >= 1_024);
  const fits = (tile: number, units: number): boolean =>
    tile * units === 1 ||
    (tile < 2 * B && tile * units * gives <= accumulators && 64 * units <= Math.max(64, H));
  const whole = tiles
    .flatMap((tile) =>
      (B === 1 ? [1] : [1, 2, 4]).map((units) => ({ tile, units, split: false, threads: scanThreads })),
    )
    .filter(({ tile, units }) => fits(tile, units));
  const split = tiles
    .filter((tile) => fits(tile, 1))
    .flatMap((tile) =>
      (isFew ? [1, 16] : [1]).map((n) => ({ tile, units: 1, split: true, threads: n * scanThreads })),
    )
    .filter((way) => exchanges.some(({ rows, depth }) => partsOf(rows, depth, way.threads) > 1));
  return [...whole, ...split];
}

/** The one that takes the least time; of equals the first. */
function best<C extends { readonly seconds: number }>(choices: readonly C[]): C {
  return choices.toSorted((a, b) => a.seconds - b.seconds)[0];
}

/** How it runs. */
function howOf(
  { strategy, tile, units, threads, resident, split, steps }: Choice,
  { T, exchanges }: Pass,
): string[] {
  if (exchanges.length === 0) return ["all steps in a dispatch"];
  const sequences = `${tile} sequence${tile === 1 ? "" : "s"}`;
  if (strategy === "step") {
    const own = units === 1 ? sequences : `${units} units of ${sequences}`;
    return ["a dispatch a step", `${own} an invocation`, ...(split ? ["sums in parts"] : [])];
  }
  return [
    steps < T ? `scan of ${steps} steps a dispatch` : "scan",
    `${sequences} a workgroup`,
    resident ? `weights in registers (${holds(exchanges, threads)} a thread)` : "weights streamed",
  ];
}

/** Why it does. */
function whyOf(
  { strategy, seconds }: Choice,
  other: Choice | undefined,
  { T, exchanges }: Pass,
  means: Means,
): string {
  const est = `est. ${time(seconds)}`;
  if (exchanges.length === 0) return `${est}; no unit sees another`;
  const name = strategy === "scan" ? "a dispatch a step" : "a scan";
  const longer = (that: number): string => (that > 100 * seconds ? "far longer" : time(that));
  const why = other ? `would take ${longer(other.seconds)}` : "does not fit";
  return `${est}${means.strategy && T > 1 ? ", as asked" : ""}; ${name} ${why}`;
}
