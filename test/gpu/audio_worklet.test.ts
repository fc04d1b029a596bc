// A session in an AudioWorklet of an offline audio context: it is in time, gives what session.run gives for
// the same samples, and allocates nothing.

import { beforeAll, expect, test } from "vitest";
import { cpu } from "../../src/index.js";
import { block, type Name, netOf } from "./worklet/nets.js";
import { WorkletProfiler } from "./worklet/profiler.js";

const rate = 48_000;
/**
 * Blocks that are looked at together. While an engine compiles it allocates for itself: not in all of them.
 */
const stretch = 75;

let profiler: WorkletProfiler;
beforeAll(async () => {
  profiler = await WorkletProfiler.open();
});

interface Played {
  /** The name of the worklet's backend. */
  readonly backend: string;
  readonly heard: Float32Array;
  /** Milliseconds in which the context rendered. */
  readonly time: number;
  /** Bytes that process() and all that it calls allocated, by stretch, from the second block on. */
  readonly bytes: readonly number[];
}

interface Options {
  readonly name: Name;
  readonly simd?: boolean;
  readonly allocates?: boolean;
}

async function play(samples: Float32Array<ArrayBuffer>, options: Options): Promise<Played> {
  const { name, simd = true, allocates = false } = options;
  const context = new OfflineAudioContext(1, samples.length, rate);
  await context.audioWorklet.addModule(new URL("./worklet/amp.ts", import.meta.url).href);
  const processorOptions = { name, weights: weightsOf(name), simd, allocates };
  const amp = new AudioWorkletNode(context, "amp", { processorOptions });
  const backend = await new Promise<string>((resolve) => {
    amp.port.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
  });
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(amp).connect(context.destination);
  source.start();

  const bytes: number[] = [];
  let time = 0;
  let begun = performance.now();
  const pause = async (at: number): Promise<void> => {
    await context.suspend((at * block) / rate);
    time += performance.now() - begun;
    if (at > 1) bytes.push(await profiler.stop("process"));
    await profiler.start();
    begun = performance.now();
    await context.resume();
  };
  const pauses: Promise<void>[] = [];
  for (let at = 1; at * block < samples.length; at += stretch) pauses.push(pause(at));
  const heard = (await context.startRendering()).getChannelData(0);
  time += performance.now() - begun;
  await Promise.all(pauses);
  bytes.push(await profiler.stop("process"));
  return { backend, heard, time, bytes };
}

const weightsOf = (name: Name) => netOf(name).initialWeights({ seed: 15 });

function sweep(blocks: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: blocks * block }, (_, k) => Math.sin(1e-5 * k * k) * Math.cos(k / 9));
}

/** The first sample that is not what a session of this page gives, piece by piece; -1: all are. */
async function firstWrong(heard: Float32Array, samples: Float32Array, options: Options): Promise<number> {
  const { name, simd = true } = options;
  const sizes = { batchSize: 1, sequenceLength: block, stateful: true };
  const session = await cpu({ simd }).session(netOf(name), { weights: weightsOf(name), ...sizes });
  for (let at = 0; at < samples.length; at += block) {
    const { y } = await session.run({ x: samples.subarray(at, at + block) });
    const wrong = y.findIndex((value, k) => value !== heard[at + k]);
    if (wrong >= 0) return at + wrong;
  }
  return -1;
}

test("ten seconds of an LSTM take less than four", async () => {
  const samples = sweep(3_750);
  const { backend, heard, time, bytes } = await play(samples, { name: "lstm" });
  console.log(`10 s in a worklet (${backend}): ${Math.round(time)} ms; allocated: ${bytes.join(" ")} bytes`);
  expect(backend).toBe(cpu().name);
  expect(time).toBeLessThan(4_000);
  expect(bytes).toHaveLength(50);
  expect(Math.min(...bytes)).toBe(0);
  expect(heard.some((sample) => sample !== heard[0])).toBe(true);
  expect(await firstWrong(heard, samples, { name: "lstm" })).toBe(-1);
});

const cases: Options[] = [
  { name: "lstm", simd: false },
  { name: "rnn" },
  { name: "gru" },
  { name: "gru, reset before" },
  { name: "leaky" },
];

test.each(cases)("%o", async (options) => {
  const samples = sweep(600);
  const { heard, bytes } = await play(samples, options);
  expect(Math.min(...bytes), bytes.join(" ")).toBe(0);
  expect(await firstWrong(heard, samples, options)).toBe(-1);
});

test("one small object a call would be seen", async () => {
  const { bytes } = await play(sweep(3 * stretch + 1), { name: "rnn", allocates: true });
  expect(bytes).toHaveLength(3);
  expect(Math.min(...bytes)).toBeGreaterThanOrEqual(8 * stretch);
});
