// The times of all lanes beside webrnn's, as a picture: one group of bars a workload, on a logarithmic scale.
// Legible on a light and on a dark page.

import { isTiming, runsOnGpu } from "./criteria.js";
import { type LaneName, titles } from "./lanes/lane.js";
import type { Table } from "./race.js";

/** Colours that colour-blind people tell apart (Okabe and Ito 2008); every bar is named too. */
const colours: Record<LaneName, string> = {
  webrnn: "#0072b2",
  ort: "#e69f00",
  ort_bound: "#c98500",
  tfjs: "#999999",
  jax: "#009e73",
};

const [width, left, right, bar, gap, top] = [760, 210, 90, 16, 18, 44];

interface Bar {
  readonly lane: LaneName;
  readonly ms: number;
}

export function chart(runs: readonly Table[]): string {
  const groups = [...runs[0].keys()].map((name) => ({ name, bars: barsOf(runs, name) }));
  const all = groups.flatMap(({ bars }) => bars.map(({ ms }) => ms));
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const x = (ms: number) => left + ((Math.log10(ms) - low) / (high - low)) * (width - left - right);
  let y = top;
  const drawn: string[] = [];
  for (const { name, bars } of groups) {
    drawn.push(text(8, y + bar - 4, name, "name"));
    for (const { lane, ms } of bars) {
      const end = x(ms);
      drawn.push(
        text(left - 6, y + bar - 4, titles[lane], "end"),
        `<rect x="${left}" y="${y}" width="${number(end - left)}" height="${bar - 3}" fill="${colours[lane]}"/>`,
        text(end + 5, y + bar - 4, ms >= 10 ? ms.toFixed(0) : ms.toFixed(1)),
      );
      y += bar;
    }
    y += gap;
  }
  const powers = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  const lines = powers.map(
    (ms) =>
      `<path class="line" d="M${number(x(ms))} ${top - 8}V${y - gap}"/>${text(x(ms), top - 14, `${ms} ms`, "middle")}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="Milliseconds of each workload by library">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.name { font-weight: 600 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.line { stroke: #8c959f; stroke-opacity: 0.4 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>
${[...lines, ...drawn].join("\n")}
</svg>
`;
}

/** The fastest of all runs, on the GPU. */
function barsOf(runs: readonly Table[], name: Parameters<Table["get"]>[0]): Bar[] {
  const lanes = Object.keys(titles) as LaneName[]; // the titles' own keys
  return lanes.flatMap((lane) => {
    const cells = runs.map((table) => table.get(name)?.get(lane)).filter(isTiming);
    const times = cells.filter(runsOnGpu).map(({ min }) => min);
    return times.length > 0 ? [{ lane, ms: Math.min(...times) }] : [];
  });
}

const number = (value: number): string => value.toFixed(1);

const text = (x: number, y: number, words: string, kind = "plain"): string =>
  `<text x="${number(x)}" y="${y}" class="${kind}">${words}</text>`;
