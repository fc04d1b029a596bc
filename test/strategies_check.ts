// All ways to run a recurrent layer give the same bits on one device: a dispatch a step, its sums in one invocation or
// split over several, and a scan of all steps or of some at a time, weights in registers or streamed.

import { afterAll, describe, expect, test } from "vitest";
import {
  type Cell,
  cpu,
  type GpuBackend,
  gru,
  indRnn,
  lstm,
  type Model,
  minGru,
  recurrent,
  rnn,
  webgpu,
} from "../src/index.js";
import { networkOf } from "../src/network/network.js";
import { type DeviceClass, ordinary, software } from "../src/plan/device_class.js";
import { calls, difference, floats, parts } from "./agree_check.js";
import { chained, mixed, normed, peephole, resetBefore, threeStates } from "./cells_p07.js";

const made = new Map<DeviceClass, GpuBackend>();
afterAll(() => {
  for (const backend of made.values()) backend.dispose();
});

/** WebGPU as if it cost this. */
export async function backendOf(costs: DeviceClass): Promise<GpuBackend> {
  const backend = made.get(costs) ?? (await webgpu({ costs } as object));
  made.set(costs, backend);
  return backend;
}

const idle = { ...ordinary, cores: 1_000, lanes: 1_000, barrier: 0, word: 0 };
/** Parts of sums are made for as many invocations in all of them. */
const ways = {
  "several units an invocation": { strategy: "step", device: { ...software, load: 1e3, cores: 1, lanes: 1 } },
  "many sequences an invocation": { strategy: "step", device: software },
  "one sequence an invocation": { strategy: "step", device: { ...idle, barrier: 1 } },
  "parts of sums in invocations of their own": { strategy: "step", device: { ...idle, load: 1e4 } },
  "one sequence an invocation, rows by fours": { strategy: "step", device: { ...software, cores: 1e6 } },
  "a scan, weights in registers": { strategy: "scan", device: { ...ordinary, registers: 128 } },
  "a scan, weights streamed": { strategy: "scan", device: { ...ordinary, registers: 0 } },
  "a scan, many sequences a workgroup": {
    strategy: "scan",
    device: { ...ordinary, cores: 1, registers: 128 },
  },
  "a scan of many sequences, weights streamed": {
    strategy: "scan",
    device: { ...ordinary, cores: 1, registers: 0 },
  },
  "a scan, few steps at a time": { strategy: "scan", device: { ...ordinary, barrier: 1, longest: 6 } },
} as const;

const [T, B, I] = [7, 5, 3];
export const both = { bidirectional: true } as const;
const own = (cell: Cell, H: number, o: object = {}): Model => recurrent(cell, I, H, o) as Model;
export const nets: Record<string, Model> = {
  rnn: rnn(I, 20) as Model,
  "rnn, both directions": rnn(I, 130, both) as Model,
  lstm: lstm(I, 16, { numLayers: 2 }) as Model,
  "lstm, both directions": lstm(I, 40, { ...both, bias: false }) as Model,
  "lstm of 64": lstm(I, 64) as Model,
  "lstm of 70": lstm(I, 70) as Model,
  "lstm, projected": lstm(I, 12, { ...both, projSize: 5 }) as Model,
  "lstm, projected, two layers": lstm(I, 33, { numLayers: 2, projSize: 20 }) as Model,
  "lstm, normalized": lstm(I, 20, { layerNorm: true }) as Model,
  gru: gru(I, 24, both) as Model,
  "gru, reset before": gru(I, 20, { ...both, resetAfter: false }) as Model,
  "gru, normalized": gru(I, 9, { layerNorm: true }) as Model,
  "minGRU, no exchange": minGru(I, 8) as Model,
  "indRNN, no exchange": indRnn(I, 8) as Model,
  chained: own(chained, 18),
  mixed: own(mixed, 18, both),
  normed: own(normed, 34),
  peephole: own(peephole, 18, both),
  "reset before of one's own": own(resetBefore, 18),
  "three states": own(threeStates, 18),
};

/**
 * A choice in which each way to do something occurs, but for normalized cells, which test/gpu/summation.test.ts has; the
 * first two where a compiler takes seconds for each text.
 */
export const few = ["rnn", "gru, reset before", "lstm, projected", "lstm of 64"];

const given: Record<string, (D: number) => object> = {
  "all steps": () => ({}),
  lengths: () => ({ lengths: { shape: [B], data: Int32Array.of(3, 7, 0, 5, 7) } }),
};

const split = { ...idle, load: 1e4 };

/** All that is said of the networks of these names. */
export function checkStrategies(names: readonly string[]): void {
  const tried = Object.entries(nets).filter(([name]) => names.includes(name));

  describe.each(tried)("%s", (_, net) => {
    test.each(Object.entries(given))("%s", async (_, more) => {
      const weights = net.initialWeights({ seed: 3 });
      const inputs = { x: floats([B, T, I], 1), ...more(1) };
      const shapes = (await calls(cpu()).gradients(net, { weights, inputs, cotangents: {} })).outputs;
      const cotangents = Object.fromEntries(
        Object.entries(shapes).map(([name, { shape }], k) => [name, floats(shape, 11 + k)]),
      );
      const request = { weights, inputs, cotangents };
      const want = parts(await calls(cpu()).gradients(net, request));
      let first: ReturnType<typeof parts> | undefined;
      for (const [way, { strategy, device }] of Object.entries(ways)) {
        const gpu = await backendOf(device);
        const got = parts(await calls(gpu).gradients(net, { ...request, strategy }));
        const forward = difference(got.forward, want.forward);
        const backward = difference(got.backward, want.backward);
        expect(forward.worst, `${way}: ${forward.where}`).toBeLessThanOrEqual(2e-5);
        expect(backward.worst, `${way}: ${backward.where}`).toBeLessThanOrEqual(1e-4);
        first ??= got;
        const off = difference([...got.forward, ...got.backward], [...first.forward, ...first.backward]);
        expect(off.worst, `${way}, the same bits: ${off.where}`).toBe(0);
      }
    });
  });

  // steps of inference in which W x is a product of the step itself
  describe.each(tried)("a single step of inference, %s", (_, net) => {
    test.each([
      ["sums in one invocation", software, 5],
      ["sums in parts", split, 5],
      ["rows by fours, of one sequence", software, 1],
      ["sums over a subgroup where there are some, of one sequence", ordinary, 1],
    ] as const)("%s", async (_, costs, B) => {
      const gpu = await backendOf(costs);
      const isAdding = costs === ordinary && gpu.device.features.has("subgroups");
      const weights = net.initialWeights({ seed: 3 });
      const states = ["h", "c", "m"].filter((s) => networkOf(net).trace.inputs.has(`${s}0`));
      const D = net.shapes.has("weight_ih_l0_reverse") ? 2 : 1;
      const layers = [...net.shapes.keys()].filter((name) => /weight_ih_l\d$/.test(name)).length;
      const projected = net.shapes.get("weight_hr_l0")?.[0];
      const H = net.shapes.get("weight_ih_l0")?.[0] ?? 0;
      expect(H).toBeGreaterThan(0);
      const sizes = { batchSize: B, sequenceLength: 1 };
      const [got, want] = [gpu, cpu()].map((backend) => backend.session(net, { ...sizes, weights } as never));
      const x = floats([B, 1, I], 1);
      const first = (await (await want).run({ x } as never)) as unknown as Record<string, Float32Array>;
      const given = Object.fromEntries(
        states.map((s, k) => [
          `${s}0`,
          floats([layers * D, B, first[`${s}n`].length / (layers * D * B)], 5 + k),
        ]),
      );
      expect(projected === undefined || first.hn.length === layers * D * B * projected).toBe(true);
      for (const more of [{}, given]) {
        const a = (await (await got).run({ x, ...more } as never)) as unknown as Record<string, Float32Array>;
        const b = (await (await want).run({ x, ...more } as never)) as unknown as Record<
          string,
          Float32Array
        >;
        for (const name of Object.keys(b)) {
          const off = Math.max(...b[name].map((value, k) => Math.abs(value - a[name][k])));
          expect(off, name).toBeLessThanOrEqual(2e-5);
        }
      }
      const begins = net === nets.mixed; // before its first exchange, which is not a subgroup's to do
      expect((await got).plan.print()).toMatch(
        isAdding && !begins ? /step_subgroups\(.*fused/ : /step\(.*fused/,
      );
      expect((await got).plan.print()).not.toContain("matmul");
    });
  });
}
