// The programs of this folder run: each gets the names that it declares, smaller sizes (cuts.ts) and a real
// page, worker or worklet, and what it computes is compared with the CPU or with what it must have done.

import { describe, expect, test, vi } from "vitest";
import {
  adam,
  bestBackend,
  cpu,
  crossEntropy,
  embedding,
  linear,
  lstm,
  pad,
  pool,
  sequential,
  split,
  type Tensor,
  vocabulary,
  writeSafetensors,
} from "webrnn";
import { checkOnCpu } from "./on_cpu.js";
import { difference, pattern, runProgram, sentence, supply, wave, windows } from "./supply.js";

checkOnCpu(/^CPU, SIMD/);

describe("in a page", () => {
  test("p01 trains a character model and samples from it", async () => {
    const { printed } = await runProgram("p01_char_lm_tbptt", { book: sentence(1_600) });
    expect(printed).toHaveLength(3);
    const [first, second, [sample]] = printed;
    expect(Number(second[4])).toBeLessThan(Number(first[4]));
    expect(second[1]).toBe(2 * Number(first[1]));
    expect([...String(sample)]).toHaveLength(20);
  });

  test("p02 tells which language a name is in, as the CPU does", async () => {
    const letters = { aa: "abcde", mm: "lmnop", zz: "vwxyz" };
    const nameOf = (from: string, k: number): string =>
      Array.from({ length: 1 + (k % 7) }, (_, i) => from[(k * k + 3 * i) % 5]).join("");
    const named = Object.entries(letters).map(
      ([code, from]) => [code, Array.from({ length: 30 }, (_, k) => nameOf(from, k))] as const,
    );
    const { printed } = await runProgram("p02_text_classification", { names: Object.fromEntries(named) });
    const [[, loss], [accuracy]] = printed as [[string, number], [number]];
    const all = named.flatMap(([, texts], label) => texts.map((text) => ({ text, label })));
    const { train, heldOut } = split(all, { heldOut: 0.1, seed: 1 });
    const { encode, size } = vocabulary(train.map(({ text }) => text));
    const net = sequential({
      embed: embedding(size, 6),
      rnn: lstm(6, 8, { bidirectional: true }),
      pool: pool("mean"),
      head: linear(16, 3),
    });
    const batchesOf = (items: typeof all) =>
      Array.from({ length: Math.ceil(items.length / 8) }, (_, n) => {
        const some = items.slice(8 * n, 8 * n + 8);
        return { ...pad(some.map(({ text }) => encode(text))), target: some.map(({ label }) => label) };
      });
    const backend = cpu();
    using trainer = await backend.trainer(net, {
      batchSize: 8,
      sequenceLength: 9,
      loss: crossEntropy({ labelSmoothing: 0.1 }),
      optimizer: adam({ lr: 3e-2 }),
    });
    for (const batch of batchesOf(train)) await trainer.step(batch);
    expect(Math.abs(loss - (await trainer.evaluate(batchesOf(heldOut))))).toBeLessThan(1e-3);
    using session = await backend.session(net, { weights: trainer, batchSize: 8, sequenceLength: 9 });
    let right = 0;
    for (const { target, ...inputs } of batchesOf(heldOut)) {
      const { y } = session.runSync(inputs);
      target.forEach((label, b) => {
        const row = y.subarray(3 * b, 3 * b + 3);
        right += Number(row.indexOf(Math.max(...row)) === label);
      });
    }
    expect(accuracy).toBe(right / heldOut.length);
  });

  test("p03 and p06 train, encode once and write token by token", async () => {
    const [S, V] = [9, 8];
    const text = (length: number, from: number) =>
      Int32Array.from({ length }, (_, t) => (t === 0 ? 1 : 3 + ((from + t) % 5)));
    const pairs = Array.from({ length: 12 }, (_, k) => ({
      source: pattern(1 + (k % 7), S),
      text: text(3 + (k % 4), k),
    }));
    await runProgram("p03_seq2seq_attention", { S, V, pairs });
    // what p06 goes on with: some updates of the same network
    const { seq2seq } = await import("./seq2seq.js");
    const { train } = seq2seq(S, V);
    const backend = cpu();
    const o = {
      batchSize: 3,
      sequenceLength: { source: 7, previous: 5 },
      loss: crossEntropy(),
      optimizer: adam(),
    };
    using trainer = await backend.trainer(train, { ...o, seed: 6 });
    const batch = {
      source: pattern(3 * 7, S),
      sourceLengths: Int32Array.of(7, 2, 5),
      previous: pattern(3 * 5, V),
      target: pattern(3 * 5 + 1, V).subarray(1),
    };
    for (let update = 0; update < 3; update += 1) await trainer.step(batch);
    const saved = await trainer.save();
    const { printed } = await runProgram("p06_teacher_vs_generated", { S, V, batch, saved });
    const [[, loss], [, ids]] = printed as [[string, number], [string, Int32Array]];
    expect(Math.abs(loss - (await trainer.evaluate(batch)))).toBeLessThan(2e-5);
    expect(ids).toHaveLength(6);
    // teacher forcing of what it wrote, on the CPU: the likeliest token each time
    const written = Array.from(ids);
    using forced = await backend.session(train, {
      weights: trainer,
      batchSize: 3,
      sequenceLength: { source: 7, previous: 1 },
    });
    const { source, sourceLengths } = batch;
    const { y } = await forced.run({ source, sourceLengths, previous: [1, 1, 1] });
    const first = y.subarray(0, V);
    expect(written[0]).toBe(first.indexOf(Math.max(...first)));
    expect(written.every((id) => id >= 0 && id < V)).toBe(true);
  });

  test("p09 shows where the gradient goes", async () => {
    const plot = vi.fn();
    const batches = Array.from({ length: 6 }, (_, k) => ({
      x: { shape: [4, 12, 8], data: wave(4 * 12 * 8, k) },
      target: { shape: [4], data: Int32Array.of(0, 1, 2, 3) },
    }));
    const { printed, refused } = await runProgram("p09_gradient_flow", { batches, plot });
    expect(plot.mock.calls.map(([name]) => name)).toEqual(["rnn", "rnn", "lstm", "lstm"]);
    for (const [, norms] of plot.mock.calls as [string, Float32Array][]) {
      expect(norms).toHaveLength(12);
      expect(norms[11]).toBeGreaterThan(0); // the loss is at the last step
    }
    const [[off, shape, initial]] = printed as [[number, number[], number[]]];
    expect(off).toBeLessThan(1e-5);
    expect(shape).toEqual([24, 6]);
    expect(initial).toEqual([1, 1, 6]);
    expect(refused).toHaveLength(1);
  });

  test("p05 runs in an application's encoder and buffers", async () => {
    const [B, I, H] = [32, 16, 64];
    const adapter = await navigator.gpu.requestAdapter();
    const device = (await adapter?.requestDevice()) as GPUDevice;
    const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    const sensors = device.createBuffer({ size: 4 * B * I, usage: STORAGE | COPY_DST });
    const particles = device.createBuffer({ size: 1024 + 4 * B * H, usage: STORAGE | COPY_SRC });
    const seen = device.createBuffer({ size: 4 * B * H, usage: COPY_DST | MAP_READ });
    const weights = lstm(I, H).initialWeights({ seed: 5 });
    const inputs = [0, 1, 2].map((phase) => wave(B * I, phase));
    const frames: ((encoder: GPUCommandEncoder) => void)[] = [];
    const { printed } = await runProgram("p05_webgpu_app", {
      weights,
      app: {
        device,
        sensors,
        particles,
        onFrame: (frame: (encoder: GPUCommandEncoder) => void) => frames.push(frame),
      },
    });
    expect(printed[0][0]).toContain("step");
    expect(printed[0][1]).toBeGreaterThan(0);
    expect(printed[0][2]).toBe(true);
    const session = await cpu().session(lstm(I, H), {
      weights,
      batchSize: B,
      sequenceLength: 1,
      stateful: true,
    });
    for (const x of inputs) {
      device.queue.writeBuffer(sensors, 0, x as BufferSource);
      const encoder = device.createCommandEncoder();
      frames[0](encoder);
      encoder.copyBufferToBuffer(particles, 1024, seen, 0, 4 * B * H);
      device.queue.submit([encoder.finish()]);
      await seen.mapAsync(GPUMapMode.READ);
      const y = new Float32Array(seen.getMappedRange().slice(0));
      seen.unmap();
      expect(difference(y, session.runSync({ x }).y)).toBeLessThan(2e-5);
    }
  });

  test("p08 trains a new head on pretrained layers, of which some stay as they are", async () => {
    const V = 9;
    const net = sequential({
      embed: embedding(V, 6),
      rnn: lstm(6, 8),
      pool: pool("last"),
      head: linear(8, 3),
    });
    const given: object[] = [];
    function* batches() {
      for (let n = 0; n < 3; n += 1) {
        given.push({
          x: pattern(4 * 7, V),
          lengths: Int32Array.of(7, 2, 0, 5),
          target: Int32Array.of(4, n, 0, 1),
        });
        yield given[n];
      }
    }
    const bytes = writeSafetensors(net.initialWeights({ seed: 8 })).buffer;
    const { refused } = await runProgram("p08_transfer_frozen", { V, bytes, batches: batches() });
    expect(given).toHaveLength(3);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^trainer: freeze: there is no layer or weight "encoder", only embed.weight, /),
    ]);
  });

  test("p10 goes on from what it saved, bit for bit", async () => {
    const saves: Uint8Array<ArrayBuffer>[] = [];
    const db = {
      get: async (): Promise<Uint8Array | undefined> => saves[0],
      put: async (_: string, value: Uint8Array<ArrayBuffer>) => void saves.push(value),
    };
    const values = { V: 12, ids: pattern(4 * 8 * 6 + 1, 12), db };
    const whole = await runProgram("p10_resume_indexeddb", values);
    expect(saves).toHaveLength(2);
    expect(whole.refused).toHaveLength(1);
    // the second run finds what the first saved half-way
    await runProgram("p10_resume_indexeddb", values, "again");
    expect(saves).toHaveLength(3);
    expect(saves[2]).toEqual(saves[1]);
    expect(saves[2]).not.toEqual(saves[0]);
  });

  test("p14 runs many sequences in batches of like length; the last is smaller", async () => {
    const weights = lstm(3, 8).initialWeights({ seed: 14 });
    const sequences = Array.from({ length: 29 }, (_, k) => wave(3 * (1 + ((7 * k) % 14)), k));
    const { exports } = await runProgram("p14_batch_inference", { weights, sequences });
    const result = exports.result as Float32Array[];
    expect(result).toHaveLength(sequences.length);
    const session = await cpu().session(lstm(3, 8), { weights, batchSize: 1, sequenceLength: 14 });
    for (const [k, data] of sequences.entries()) {
      const { hn } = session.runSync({ x: { shape: [1, data.length / 3, 3], data } });
      expect(difference(result[k], hn)).toBeLessThan(2e-5);
    }
    expect(difference(result[0], result[1])).toBeGreaterThan(1e-3);
  });

  test("p16 sweeps over cells, sizes and rates", async () => {
    const { printed } = await runProgram("p16_sweep", {
      V: 12,
      train: pattern(4 * 8 * 2 + 1, 12),
      heldOut: pattern(4 * 8 + 1, 12),
    });
    const [table] = printed[0] as [{ name: string; loss: number }[]];
    expect(table).toHaveLength(12);
    expect(new Set(table.map(({ name }) => name))).toEqual(new Set(["rnn", "lstm", "gru"]));
    expect(new Set(table.map(({ loss }) => loss)).size).toBe(12);
    expect(table.every(({ loss }) => loss > 0 && loss < 2 * Math.log(12))).toBe(true);
  });

  test("p17 samples and averages while three trainers train", async () => {
    const V = 12;
    const show = vi.fn();
    const { printed } = await runProgram("p17_shared_weights", { V, batches: windows(4, 4, 8, V), show });
    expect(printed).toHaveLength(2);
    const [[early], [late]] = printed as [[Float32Array], [Float32Array]];
    expect(early).toHaveLength(V);
    expect(difference(early, late)).toBeGreaterThan(1e-4);
    // ten tokens as they are drawn, then all of them, twice
    expect(show).toHaveBeenCalledTimes(22);
    expect(show.mock.calls[10][0]).toEqual(Int32Array.from(show.mock.calls.slice(0, 10), ([ids]) => ids[0]));
  });

  test("p18 wants what each loss wants", async () => {
    const { printed, refused } = await runProgram("p18_losses_targets", {
      audio: wave(2 * 5 * 3),
      ids: Int32Array.of(1, 2, 3, 4, 5, 2, 1, 5, 0, 0),
      lengths: Int32Array.of(3, 2),
      score: wave(2 * 5),
    });
    const [[speech, two]] = printed as [{ losses: Float32Array; skipped: number }[]];
    for (const { losses, skipped } of [speech, two]) {
      expect(losses[0]).toBeGreaterThan(0);
      expect(losses[0]).toBeLessThan(10);
      expect(skipped).toBe(0);
    }
    expect(refused.map(({ message }) => message.split(/;|, it must|, only/)[0])).toEqual([
      "trainer.step: target: it is Float32Array of 10",
      "trainer.step: x: it is Int32Array of 10",
      "trainer.step: targetLengths: it is missing",
      'loss: there is no output "tags"',
      'loss: there is no output "y"',
      'model: an input is called "target"',
      "rnn: x is integers",
      "trainer: clipNorm and clipValue are given",
      "lstm(9, 4, sum): merge is of two directions",
    ]);
  });

  test("p19 verifies the device against float64", async () => {
    const net = lstm(5, 7, { numLayers: 2, bidirectional: true });
    const { printed } = await runProgram("p19_verify_float64", {
      weights: net.initialWeights({ seed: 19 }),
      x: wave(3 * 6 * 5),
    });
    const [[checks], [error], [plan, cost]] = printed as [[{ ok: boolean }[]], [number], [string, object]];
    expect(checks.length).toBeGreaterThan(2);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(error).toBeLessThan(2e-5);
    expect(error).toBeGreaterThan(0);
    expect(plan).toContain("step");
    expect(cost).toHaveProperty("dispatches");
  });
});

test("p11 trains in a worker that hears a pause", async () => {
  type Progress = { where?: string; updates?: number; weights?: Map<string, Tensor> };
  const heard: Progress[] = [];
  const worker = new Worker(new URL("./worker/p11_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Progress>) => heard.push(data);
  worker.onerror = ({ message }) => heard.push({ where: `failed: ${message}` });
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(2), { timeout: 20_000 });
  worker.postMessage({ paused: true, lr: 1e-3 });
  await new Promise((later) => setTimeout(later, 200));
  const before = heard.length;
  await new Promise((later) => setTimeout(later, 300));
  expect(heard).toHaveLength(before);
  expect(before).toBeLessThan(102); // the device, 100 reports and the weights: it was paused on the way
  worker.postMessage({ paused: false, lr: 1e-3 });
  await vi.waitFor(() => expect(heard.at(-1)?.weights).toBeDefined(), { timeout: 40_000 });
  worker.terminate();
  const reason = await bestBackend();
  expect(heard[0].where).toBe(reason.name);
  expect(heard.map(({ updates }) => updates).filter(Boolean)).toEqual(
    Array.from({ length: 100 }, (_, k) => 20 * k + 20),
  );
  expect(heard.at(-1)?.weights?.get("rnn.weight_hh_l0")?.shape).toEqual([64, 16]);
});

test("p15 amplifies in an audio worklet", async () => {
  const [block, blocks, rate] = [128, 60, 48_000];
  const net = sequential({ rnn: lstm(1, 24), head: linear(24, 1) });
  const weights = net.initialWeights({ seed: 15 });
  const context = new OfflineAudioContext(1, block * blocks, rate);
  await context.audioWorklet.addModule(new URL("./worker/p15_audio_worklet.ts", import.meta.url).href);
  const amp = new AudioWorkletNode(context, "amp", { processorOptions: { weights } });
  const played = wave(block * blocks);
  const buffer = context.createBuffer(1, block * blocks, rate);
  buffer.copyToChannel(played as Float32Array<ArrayBuffer>, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(amp).connect(context.destination);
  source.start();
  // the session is made while the clock stands still after ten blocks
  void context.suspend((10 * block) / rate).then(() => setTimeout(() => context.resume(), 300));
  const heard = (await context.startRendering()).getChannelData(0);
  const begin = Math.floor(heard.findIndex((sample) => sample !== 0) / block) * block;
  expect(begin).toBeGreaterThanOrEqual(0);
  expect(begin).toBeLessThanOrEqual(20 * block);
  // what is heard are the bits of a session of the page's, and plain loops' numbers
  for (const [backend, off] of [[cpu(), 0] as const, [cpu({ simd: false }), 1e-5] as const]) {
    const o = { weights, batchSize: 1, sequenceLength: block, stateful: true };
    using session = await backend.session(net, o);
    for (let at = begin; at < heard.length; at += block) {
      const { y } = session.runSync({ x: played.slice(at, at + block) });
      expect(difference(y, heard.slice(at, at + block))).toBeLessThanOrEqual(off);
    }
  }
});

test("the harness knows a statement that is not refused", async () => {
  supply({});
  const refused = Reflect.get(globalThis, "refused") as (statement: () => Promise<void>) => Promise<void>;
  await expect(refused(async () => undefined)).rejects.toThrow("should have been refused");
});
