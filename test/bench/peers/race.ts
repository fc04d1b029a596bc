// One run of the bench: workload by workload, every lane is made ready, then lanes take turns, the order rotating.
// What others do on the machine slows all of them alike.

import type { Name } from "../../../demo/measure/workloads.js";
import type { Counts } from "./count_gpu.js";
import type { LaneName } from "./lanes/lane.js";
import { disturbing, others, quiet, usage } from "./others.js";
import type { Readiness, Run } from "./page.js";

/** A lane's page, on which nothing has run yet. */
export interface Runner {
  prepare(name: Name): Promise<Readiness | string>;
  run(name: Name, times: number): Promise<Run[]>;
  close(): Promise<void>;
}

export type Open = (lane: LaneName) => Promise<Runner>;

export interface Timing extends Omit<Readiness, "counts"> {
  /** Of the first run, everything that it makes included. */
  readonly firstCounts: Counts;
  /** Of a warm run. */
  readonly counts: Counts;
  readonly min: number;
  readonly median: number;
  readonly runs: number;
  /** Whether others worked beside its fastest run. */
  readonly disturbed: boolean;
}

/** Or why there is none. */
export type Cell = Timing | string;
export type Table = Map<Name, Map<LaneName, Cell>>;

export interface Lengths {
  readonly rounds: number;
  /** How long to wait for others to pause, before each timing; in seconds. */
  readonly patience: number;
}

/** Short runs are repeated in a round, up to about so many milliseconds; of long ones there are fewer rounds. */
const roundLength = 80;
const laneLength = 20_000;
const fewestRounds = 2;

interface Entry {
  readonly name: LaneName;
  readonly runner: Runner;
  readonly ready: Readiness;
  readonly repeats: number;
  readonly rounds: number;
  readonly samples: { readonly milliseconds: number; readonly disturbed: boolean }[];
  counts: Counts;
}

export async function race(
  lanes: readonly LaneName[],
  open: Open,
  names: readonly Name[],
  lengths: Lengths,
): Promise<Table> {
  // the first training step is a criterion: nothing has been compiled in this browser before it
  const order = names.toSorted((a, b) => Number(b === "E_train") - Number(a === "E_train"));
  const cells = new Map<Name, Map<LaneName, Cell>>();
  for (const name of order) cells.set(name, await raceOf(name, lanes, open, lengths));
  return new Map(names.map((name) => [name, cells.get(name) ?? new Map()]));
}

async function raceOf(
  workload: Name,
  lanes: readonly LaneName[],
  open: Open,
  { rounds, patience }: Lengths,
): Promise<Map<LaneName, Cell>> {
  const cells = new Map<LaneName, Cell>();
  const entries: Entry[] = [];
  const runners: Runner[] = [];
  for (const name of lanes) {
    const runner = await open(name);
    runners.push(runner);
    await quiet(patience);
    const entry = await enter(workload, name, runner, rounds).catch(failure);
    if (typeof entry === "string") cells.set(name, entry);
    else entries.push(entry);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < entries.length; turn += 1) {
      const entry = entries[(round + turn) % entries.length];
      if (round >= entry.rounds || cells.has(entry.name)) continue;
      await time(workload, entry, patience).catch((error) => cells.set(entry.name, failure(error)));
    }
  }
  for (const entry of entries) {
    if (!cells.has(entry.name)) cells.set(entry.name, timingOf(entry));
    console.error(workload, entry.name, words(cells.get(entry.name)));
  }
  for (const runner of runners) await runner.close();
  return cells;
}

/** Makes ready, and runs once more to see how long it takes. */
async function enter(
  workload: Name,
  name: LaneName,
  runner: Runner,
  rounds: number,
): Promise<Entry | string> {
  const ready = await runner.prepare(workload);
  if (typeof ready === "string") return ready;
  const [{ milliseconds, counts }] = await runner.run(workload, 1);
  return {
    ...{ name, runner, ready, counts, samples: [] },
    repeats: Math.min(8, Math.max(1, Math.round(roundLength / milliseconds))),
    rounds: Math.min(rounds, Math.max(fewestRounds, Math.floor(laneLength / milliseconds))),
  };
}

async function time(workload: Name, entry: Entry, patience: number): Promise<void> {
  await quiet(patience);
  const before = usage();
  const runs = await entry.runner.run(workload, entry.repeats);
  const disturbed = others(before, usage()) > disturbing;
  for (const { milliseconds, counts } of runs) {
    entry.samples.push({ milliseconds, disturbed });
    entry.counts = counts;
  }
}

function timingOf({ ready, samples, counts }: Entry): Timing {
  const sorted = samples.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const [{ milliseconds: min, disturbed }] = sorted;
  const median = sorted[sorted.length >> 1].milliseconds;
  return { ...ready, firstCounts: ready.counts, counts, min, median, disturbed, runs: samples.length };
}

const failure = (error: unknown): string => `failed: ${String(error).slice(0, 300)}`;

const words = (cell: Cell | undefined): string =>
  typeof cell === "object"
    ? `first ${cell.first.toFixed(0)} ms, min ${cell.min.toFixed(1)}, median ${cell.median.toFixed(1)}, off by ${cell.difference.toExponential(1)}`
    : (cell ?? "");
