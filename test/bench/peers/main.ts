// `npm run bench [-- --workloads A_last,C_lstm --lanes webrnn,jax --rounds 5 --runs 3 --patience 10]`: webrnn beside
// onnxruntime-web, TensorFlow.js and jax-js on WebGPU, interleaved in one headless browser; prints tables and writes
// them, and a chart, to test/bench/results and, when nothing is left out, to README.md. The peers are this folder's
// own packages, installed by the first run.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { minify } from "vite";
import { type Name, workloads } from "../../../demo/measure/workloads.js";
import { npm, root } from "../../../scripts/setup.mjs";
import { builtLibrary, folder, launch, openPage, peers, serve } from "./browser.js";
import { chart } from "./chart.js";
import { isTiming } from "./criteria.js";
import { type LaneName, titles } from "./lanes/lane.js";
import { race, type Table } from "./race.js";
import { type Found, report, summary } from "./report.js";

/** Those that README.md speaks of: TensorFlow.js is slower throughout, and takes most of the time. */
const fast: readonly LaneName[] = ["webrnn", "ort", "ort_bound", "jax"];

const results = (name: string): string => join(folder, "../results", name);

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lanes: { type: "string", default: Object.keys(titles).join() },
      workloads: { type: "string", default: workloads.map(({ name }) => name).join() },
      rounds: { type: "string", default: "5" },
      runs: { type: "string", default: "1" },
      patience: { type: "string", default: "10" },
      out: { type: "string", default: "peers" },
    },
  });
  const lanes = chosen("lanes", values.lanes, Object.keys(titles) as LaneName[]);
  const names = chosen(
    "workloads",
    values.workloads,
    workloads.map(({ name }) => name),
  );
  const lengths = { rounds: numberOf("rounds", values.rounds), patience: Number(values.patience) };
  const count = numberOf("runs", values.runs);
  install();
  const found = await measure(lanes, names, lengths, count);
  const text = report(found);
  console.log(text);
  writeFileSync(
    results(`${values.out}.md`),
    `${text.trimEnd()}\n\n![Times beside webrnn's](${values.out}.svg)\n`,
  );
  writeFileSync(results(`${values.out}.svg`), chart(found.runs));
  const isWhole = fast.every((lane) => lanes.includes(lane)) && names.length === workloads.length;
  if (isWhole && values.out === "peers") writeReadme(found);
}

async function measure(
  lanes: readonly LaneName[],
  names: readonly Name[],
  lengths: { readonly rounds: number; readonly patience: number },
  count: number,
): Promise<Found> {
  const server = await serve();
  const runs: Table[] = [];
  const bytes = new Map<LaneName, number>();
  let [version, device] = ["", ""];
  try {
    for (let n = 0; n < count; n += 1) {
      // a new browser each time: nothing is compiled yet
      const browser = await launch();
      version = browser.version();
      const files = new Map<LaneName, ReadonlySet<string>[]>();
      const open = async (lane: LaneName) => {
        const page = await openPage(browser, server, lane);
        device ||= page.device;
        files.set(lane, [...(files.get(lane) ?? []), page.files]);
        return page;
      };
      runs.push(await race(lanes, open, names, lengths));
      for (const [lane, loaded] of files) bytes.set(lane, await bytesOf(lane, loaded));
      await browser.close();
    }
  } finally {
    await server.close();
  }
  const [{ model }] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const versions = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  const browser = `Chromium ${version}, ${device}`;
  const machine = `${date}, ${model}, ${cpus().length} cores, ${browser}; ${versions.join(", ")}`;
  return { machine, lanes, runs, bytes };
}

/** What stands between its two marks. */
function writeReadme(found: Found): void {
  const path = join(root, "README.md");
  const text = readFileSync(path, "utf8");
  const block = `<!-- bench -->\n${summary(found)}\n\nMeasured: ${found.machine}${isDisturbed(found) ? "; others used the machine meanwhile" : ""}.\n<!-- /bench -->`;
  writeFileSync(
    path,
    text.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, () => block),
  );
}

const isDisturbed = ({ runs }: Found): boolean =>
  runs.some((table) =>
    [...table.values()].some((cells) => [...cells.values()].some((cell) => isTiming(cell) && cell.disturbed)),
  );

function install(): void {
  if (existsSync(peers)) return;
  console.error("Installing the libraries that webrnn is measured beside, for this bench alone");
  if (!npm(["install", "--ignore-scripts", "--no-package-lock"], { cwd: folder })) {
    throw new Error("bench: npm install failed, see its output above; the bench needs the other libraries.");
  }
}

/** Of what a page has loaded: minified where it is not, gzip. */
async function bytesOf(lane: LaneName, pages: readonly ReadonlySet<string>[]): Promise<number> {
  const files = new Set(pages.flatMap((loaded) => [...loaded]));
  const paths = lane === "webrnn" ? [builtLibrary] : Array.from(files, (file) => join(peers, file));
  const sizes = await Promise.all(
    paths.map(async (path) => {
      const raw = readFileSync(path);
      const isBare = /\.m?js$/.test(path) && !/\.min\.m?js$/.test(path);
      return gzipSync(isBare ? (await minify(path, raw.toString())).code : raw, { level: 9 }).length;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function chosen<T extends string>(what: string, given: string, all: readonly T[]): T[] {
  const found = all.filter((name) => given.split(",").includes(name));
  if (found.length === given.split(",").length) return found;
  throw new Error(`bench: --${what} is ${given}; it must be some of ${all.join()}.`);
}

function numberOf(what: string, given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`bench: --${what} is ${given}; it must be a whole number above 0.`);
}
