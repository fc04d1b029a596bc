// `npm run bench:growth`: how the cost of an LSTM grows, one axis at a time from T = 64, B = 8, H = 64: time on node's
// Dawn, dispatches, operations, bytes, memory; and the exponents of the time, fitted. What the plans alone say is held
// to exact formulas by test/unit/growth.test.ts. Prints a table and writes it to test/bench/results/growth.md.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { adam, type Backend, crossEntropy, linear, lstm, sequential, webgpu } from "webrnn";
import { root } from "../../scripts/setup.mjs";
import { least, seconds } from "./native/clock.js";
import { openDawn } from "./native/dawn.js";

interface Size {
  readonly T: number;
  readonly B: number;
  readonly H: number;
}
type Axis = keyof Size;

interface Row {
  readonly size: Size;
  readonly cost: Cost;
  readonly seconds: number;
}
interface Cost {
  readonly dispatches: number;
  readonly flops: number;
  readonly bytes: number;
  readonly memory: number;
}

const start: Size = { T: 64, B: 8, H: 64 };
const axes: Readonly<Record<Axis, readonly number[]>> = {
  T: [64, 128, 256, 512, 1024, 2048, 4096],
  B: [8, 16, 32, 64, 128],
  H: [64, 128, 256, 512],
};
const [I, V] = [64, 64];
const repeats = 5;

type Measure = (backend: Backend, size: Size) => Promise<Row>;
const measures: readonly (readonly [string, Measure])[] = [
  ["forward", forward],
  ["training step", train],
];

export async function main(): Promise<void> {
  const dawn = await openDawn();
  const backend = await webgpu({ device: dawn.device });
  const parts: string[] = [];
  for (const [what, measure] of measures) {
    for (const axis of ["T", "B", "H"] as const) {
      const rows: Row[] = [];
      for (const value of axes[axis]) rows.push(await measure(backend, { ...start, [axis]: value }));
      console.error(`${what}, ${axis}: exponent ${exponentOf(rows, axis)}`);
      parts.push(`## ${what}, by ${axis}\n\n${tableOf(rows, axis)}\n`);
    }
  }
  const date = new Date().toISOString().slice(0, 10);
  const where = `${date}, ${dawn.name}, ${cpus()[0].model}, ${cpus().length} cores`;
  const text = `# How cost grows

Printed by \`npm run bench:growth\`: ${where}. An LSTM of ${I} inputs, for training with a linear layer to ${V} classes
and Adam; one axis at a time from T = ${start.T}, B = ${start.B}, H = ${start.H}. Time is the least of ${repeats} runs, from host arrays to
a host array. The exponent of time is fitted over the larger half of the sizes.

${parts.join("\n")}`;
  console.log(text);
  writeFileSync(join(root, "test/bench/results/growth.md"), text);
  process.exit(0); // Dawn's device keeps node alive
}

async function forward(backend: Backend, size: Size): Promise<Row> {
  const { T, B, H } = size;
  const net = lstm(I, H);
  const weights = net.initialWeights({ seed: 1 });
  const session = await backend.session(net, { weights, batchSize: B, sequenceLength: T, batchFirst: false });
  const x = new Float32Array(T * B * I).fill(0.1);
  return timed(size, session, () => session.run({ x }, ["y"]));
}

async function train(backend: Backend, size: Size): Promise<Row> {
  const { T, B, H } = size;
  const trainer = await backend.trainer(sequential({ rnn: lstm(I, H), head: linear(H, V) }), {
    ...{ batchSize: B, sequenceLength: T, batchFirst: false, seed: 1 },
    ...{ loss: crossEntropy(), optimizer: adam() },
  });
  const batch = { x: new Float32Array(T * B * I).fill(0.1), target: new Int32Array(T * B) };
  return timed(size, trainer, async () => {
    await trainer.step(batch);
    await trainer.metrics();
  });
}

async function timed(
  size: Size,
  owner: { readonly plan: { cost(): Cost }; dispose(): void },
  run: () => Promise<unknown>,
): Promise<Row> {
  await run();
  const row = { size, cost: owner.plan.cost(), seconds: await least(() => seconds(run), repeats) };
  owner.dispose();
  return row;
}

function tableOf(rows: readonly Row[], axis: Axis): string {
  const head = [axis, "ms", "dispatches", "MFLOP", "MB moved", "MB of memory"];
  const body = rows.map(({ size, cost: { dispatches, flops, bytes, memory }, seconds }) => [
    size[axis],
    (1e3 * seconds).toFixed(2),
    dispatches,
    ...[flops, bytes, memory].map((value) => (value / 1e6).toFixed(2)),
  ]);
  const lines = [head, head.map(() => "---"), ...body];
  return `${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}\n\nTime grows as ${axis}^${exponentOf(rows, axis)}.`;
}

/** Least squares of logarithms over the larger half, where what does not grow no longer shows. */
function exponentOf(rows: readonly Row[], axis: Axis): string {
  const half = rows.slice(rows.length >> 1);
  const points = half.map(({ size, seconds }) => [Math.log(size[axis]), Math.log(seconds)] as const);
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return (covariance / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0)).toFixed(2);
}
