// Trains RNN, LSTM and GRU on the adding problem (Hochreiter and Schmidhuber 1997; Le et al. 2015) and prints
// the update at which each falls under a tenth of the baseline's error. H = 64, B = 32, Adam, clip 1, on the
// CPU. Run by `npm run bench:adding`, alone; cut, it goes on from where it was at the latest 250th update.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout } from "node:timers/promises";
import {
  adam,
  adding,
  cpu,
  gru,
  input,
  linear,
  lstm,
  model,
  type Recurrent,
  rnn,
  squaredError,
} from "../../src/index.js";

const H = 64;
const batchSize = 32;
const mostUpdates = 6_000;
/** Updates from one saved state to the next, and batches drawn from one seed. */
const stretch = 250;
/** Whoever always says 1 has a mean squared error of 1/6. */
const threshold = 1 / 6 / 10;
/** Every batch is new, so its loss is of numbers not learnt from; the mean of so many is compared. */
const window = 50;

interface Lane {
  readonly layer: () => Recurrent<"h">;
  readonly lr: number;
  readonly note?: string;
}
const lanes: Readonly<Record<string, Lane>> = {
  rnn: { layer: () => rnn(2, H), lr: 5e-3 },
  lstm: {
    // only h is wanted, not its second state
    layer: () => lstm(2, H, { forgetBias: 3 }) as Recurrent<"h">,
    lr: 5e-3,
    note: "forget bias 3",
  },
  gru: { layer: () => gru(2, H), lr: 2e-3 },
};

/** What a lane of the table has come to. */
interface Progress {
  readonly updates: number;
  /** The latest losses, at most `window` of them. */
  readonly losses: readonly number[];
  readonly seconds: number;
  /** The least mean of `window` losses so far. */
  readonly best: number;
  readonly reached: boolean;
}

const folder = ".cache/adding";
const results = "test/bench/results/adding.md";

/** Arguments: the lengths and cells to train, all of them where none are named: adding 50 lstm. */
export async function main(named: readonly string[]): Promise<void> {
  const [lengths, cells] = [named.filter((name) => Number(name) > 0), named.filter((name) => name in lanes)];
  mkdirSync(folder, { recursive: true });
  for (const T of (lengths.length > 0 ? lengths : ["50", "100", "200"]).map(Number)) {
    for (const name of cells.length > 0 ? cells : Object.keys(lanes)) {
      await race(name, lanes[name], T);
    }
  }
}

async function race(name: string, lane: Lane, T: number): Promise<void> {
  const at = `${folder}/${name}-${T}`;
  const net = model(
    { rnn: lane.layer(), head: linear(H, 1) },
    { x: input.features(2) },
    ({ rnn, head }, { x }) => head(rnn(x).hn),
  );
  let progress: Progress = {
    updates: 0,
    losses: [],
    seconds: 0,
    best: Number.POSITIVE_INFINITY,
    reached: false,
  };
  if (existsSync(`${at}.json`)) progress = JSON.parse(readFileSync(`${at}.json`, "utf8")) as Progress; // our own
  if (isDone(progress)) return;
  using backend = cpu();
  const trainer = await backend.trainer(net, {
    batchSize,
    sequenceLength: T,
    loss: squaredError(),
    optimizer: adam({ lr: lane.lr }),
    clipNorm: 1,
    ...(progress.updates > 0 ? { resume: readFileSync(`${at}.safetensors`) } : { seed: 1 }),
  });
  while (!isDone(progress)) {
    progress = await train(progress);
    writeFileSync(`${at}.safetensors`, await trainer.save());
    writeFileSync(`${at}.json`, JSON.stringify(progress));
    console.log(`${name}, T = ${T}: ${progress.updates} updates, ${show(progress)}`);
  }
  report(name, lane, T, progress);
  rmSync(`${at}.safetensors`);

  async function train(from: Progress): Promise<Progress> {
    const begun = performance.now();
    const drawn = adding({ batchSize, sequenceLength: T, count: stretch, seed: from.updates });
    for (const { x, target } of drawn) await trainer.step({ x, target: target.data });
    const seconds = from.seconds + (performance.now() - begun) / 1_000;
    const losses = [...from.losses, ...(await trainer.metrics()).losses];
    let best = from.best;
    for (let end = Math.max(window, from.losses.length + 1); end <= losses.length; end++) {
      const mean = losses.slice(end - window, end).reduce((sum, loss) => sum + loss, 0) / window;
      best = Math.min(best, mean);
      if (mean < threshold) {
        const updates = from.updates + end - from.losses.length;
        return { updates, losses: [], seconds, best, reached: true };
      }
    }
    await setTimeout(); // a signal to end is heard
    return { updates: from.updates + stretch, losses: losses.slice(-window), seconds, best, reached: false };
  }
}

function isDone({ updates, reached }: Progress): boolean {
  return reached || updates >= mostUpdates;
}

function show({ best, seconds }: Progress): string {
  return `the least mean of ${window} losses ${best.toFixed(4)}, ${seconds.toFixed(0)} s`;
}

/** Adds a row to the table. */
function report(name: string, { lr, note }: Lane, T: number, progress: Progress): void {
  const { updates, reached, best, seconds } = progress;
  const where = `${cpus().length} × ${cpus()[0].model.trim()}`;
  const day = new Date().toISOString().slice(0, 10);
  const how = [`Adam ${lr}`, note].filter(Boolean).join(", ");
  const step = reached ? `${updates}` : `not within ${mostUpdates}`;
  const row = [name, T, how, step, best.toFixed(4), seconds.toFixed(0), day, where];
  appendFileSync(results, `| ${row.join(" | ")} |\n`);
  console.log(`${name}, T = ${T}: ${step}`);
}
