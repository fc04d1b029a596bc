// What the bench found as a page of tables.

import { type Name, type Workload, workloads } from "../../../demo/measure/workloads.js";
import { firstRatio, isTiming, ratioOf, runsOnGpu, wanted, wantedFirst } from "./criteria.js";
import { type LaneName, titles } from "./lanes/lane.js";
import type { Cell, Table, Timing } from "./race.js";

export interface Found {
  /** What was measured on, and when. */
  readonly machine: string;
  readonly lanes: readonly LaneName[];
  readonly runs: readonly Table[];
  /** Bytes that a lane's page loads of its library. */
  readonly bytes: ReadonlyMap<LaneName, number>;
}

export function report(found: Found): string {
  const { machine, lanes, runs } = found;
  const best = fastest(runs);
  const names = [...best.keys()];
  const each = (words: (timing: Timing) => string) =>
    names.map((name) => [name, ...lanes.map((lane) => said(best.get(name)?.get(lane), words))]);
  const head = ["", ...lanes.map((lane) => titles[lane])];
  const several = runs.length > 1 ? `The best of ${runs.length} runs.` : "One run.";
  return `# webrnn beside other libraries on WebGPU

Printed by \`npm run bench\`: ${machine}.

${several} Lanes take turns in one headless browser. A run counts from host arrays to a host array; the fastest one
counts. Ratios are what to read: milliseconds are of this machine. \`~\`: others used more than an eighth of a core
beside the fastest run. What is timed stands in \`demo/measure/workloads.ts\`.

## Beside the best of the others

${summary(found)}

## Milliseconds: the fastest run / the median

${tabulate(
  head,
  each(({ min, median, disturbed }) => `${disturbed ? "~" : ""}${digits(min)} / ${digits(median)}`),
)}

## The first run, milliseconds: networks, memory, compilation

${tabulate(
  head,
  each(({ first }) => digits(first)),
)}

## WebGPU calls of a warm run: submits / dispatches / buffers made / reads mapped

${tabulate(
  head,
  each(({ counts: { submits, dispatches, buffers, maps } }) =>
    [submits, dispatches, buffers, maps].join(" / "),
  ),
)}

## Difference from float64, of the largest number; of tokens, whether they are the same

${tabulate(
  head,
  each(({ difference }) => (difference === 0 ? "same" : difference.toExponential(0))),
)}

## What a page loads, minified, gzip

${tabulate(["", "kB"], bytesRows(found))}
${remarks(best)}`;
}

/** webrnn beside the best of the others, and the first training step. */
export function summary(found: Found): string {
  const best = fastest(found.runs);
  const head = ["", "", "webrnn, ms", "best other, ms", "which", "ratio", "of all runs", "wanted", ""];
  return [tabulate(head, ratios(found, best)), firstUse(found.runs)].filter(Boolean).join("\n\n");
}

/** Of every lane and workload the run in which it was fastest; its first run, too, the fastest. */
function fastest(runs: readonly Table[]): Table {
  const [first, ...rest] = runs;
  const best: Table = new Map(Array.from(first, ([name, cells]) => [name, new Map(cells)]));
  for (const table of rest) {
    for (const [name, cells] of table) {
      for (const [lane, cell] of cells) {
        const held = best.get(name)?.get(lane);
        best.get(name)?.set(lane, isTiming(held) && isTiming(cell) ? faster(held, cell) : (held ?? cell));
      }
    }
  }
  return best;
}

const faster = (a: Timing, b: Timing): Timing => ({
  ...(b.min < a.min ? b : a),
  first: Math.min(a.first, b.first),
});

function ratios({ runs }: Found, best: Table): string[][] {
  return [...best.keys()].flatMap((name) => {
    const all = runs.flatMap((table) => ratioOf(table, name) ?? []);
    const of = (lane: LaneName) => said(best.get(name)?.get(lane), ({ min }) => digits(min));
    if (all.length === 0) return [];
    const ratio = Math.min(...all.map((one) => one.ratio));
    const limit = wanted[name];
    const which = ratioOf(best, name)?.best ?? all[0].best;
    return [
      [
        ...[name, titleOf(name), of("webrnn"), of(which), titles[which], digits(ratio)],
        all.map((one) => digits(one.ratio)).join(" "),
        ...(limit === undefined ? ["", ""] : [`≤ ${limit}`, ratio <= limit ? "yes" : "NO"]),
      ],
    ];
  });
}

const kinds: Record<Workload["kind"], string> = {
  forward: "forward",
  each: "single steps, each read",
  last: "single steps",
  train: "training step",
  generate: "characters, one by one",
};

/** LSTM, forward: 32 × 64, 128 → 256. */
function titleOf(name: Name): string {
  const { kind, cell, B, T, I, H, layers, directions } =
    workloads.find((one) => one.name === name) ?? workloads[0];
  const more = layers * directions > 1 ? `, ${layers} layers, ${directions} directions` : "";
  return `${cell.toUpperCase()}, ${kinds[kind]}: ${B} × ${T}, ${I} → ${H}${more}`;
}

/** The criterion of the first training step. */
function firstUse(runs: readonly Table[]): string {
  const own = runs.map((table) => table.get("E_train")?.get("webrnn")).filter(isTiming);
  if (own.length === 0) return "";
  const first = Math.min(...own.map((timing) => timing.first));
  const [{ firstCounts }] = own;
  const all = runs.flatMap((table) => firstRatio(table) ?? []);
  const ratio = Math.min(...all);
  const ofJax = all.length > 0 ? `, ${digits(ratio)} of jax-js's (wanted: below ${wantedFirst.ofJax})` : "";
  const isMet = first < wantedFirst.milliseconds && !(ratio >= wantedFirst.ofJax);
  return (
    `The first training step (E_train), networks, memory and compilation included: ${digits(first)} ms (wanted: below ` +
    `${wantedFirst.milliseconds})${ofJax}: ${isMet ? "yes" : "NO"}. Its ${firstCounts.pipelines} pipelines have ` +
    `${firstCounts.workgroupBytes} bytes of workgroup memory.`
  );
}

function bytesRows({ bytes }: Found): string[][] {
  return Array.from(bytes, ([lane, count]) => [titles[lane], digits(count / 1000)]);
}

/** Lanes that are of another kind than they look. */
function remarks(best: Table): string {
  const said = new Map<string, Name[]>();
  for (const [name, cells] of best) {
    for (const [lane, cell] of cells) {
      const silent = isTiming(cell) && !runsOnGpu(cell) && "ran on the CPU, and does not count";
      const what = isTiming(cell) ? silent || cell.note : cell;
      const line = `${titles[lane]}: ${what}`;
      if (what) said.set(line, [...(said.get(line) ?? []), name]);
    }
  }
  const lines = Array.from(said, ([line, names]) => `- ${line} (${names.join(", ")})`);
  return lines.length > 0 ? `\n## Remarks\n\n${lines.join("\n")}\n` : "";
}

function said(cell: Cell | undefined, words: (timing: Timing) => string): string {
  return isTiming(cell) ? (runsOnGpu(cell) ? words(cell) : `(${words(cell)})`) : "–";
}

function tabulate(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** Three digits that count. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
