// `memory: "small"`: a recurrent layer's pre-activations are computed once more, chunk by chunk, with the same
// results; and sequences whose pre-activations are too large for one buffer are cut in the same way.

import { expect, test } from "vitest";
import {
  type Cell,
  cpu,
  defineCell,
  gru,
  LimitError,
  lstm,
  type Model,
  recurrent,
  rnn,
  sgd,
  sigmoid,
  squaredError,
  tanh,
} from "webrnn";
import { processor } from "../../src/plan/device_class.js";
import { Random } from "../../src/random.js";

const [T, B, I, H] = [11, 5, 3, 7];
const lengths = Int32Array.of(4, 11, 0, 7, 1);
const mask = Int32Array.from({ length: B * T }, (_, n) => (n % 5 === 3 || n % 7 === 0 ? 0 : 1));

/** R is fed with a second state: what lies in a chunk alone feeds a product. */
const twoStates: Cell<"h" | "m"> = defineCell({
  name: "two_states",
  gates: { a: "sum", f: "fed" },
  state: ["h", "m"],
  step({ a, f }, { h, m }) {
    const next = tanh(f.x.add(f.h(m.mul(0.5).add(h))));
    return { h: tanh(a.add(m)), m: next.mul(sigmoid(a)) };
  },
});

const nets: readonly (readonly [string, Model])[] = [
  ["rnn", rnn(I, H)],
  ["lstm of two layers and directions", lstm(I, H, { numLayers: 2, bidirectional: true, dropout: 0.3 })],
  ["lstm, reversed, projected", lstm(I, H, { reverse: true, projSize: 2 })],
  ["gru, reset before, summed", gru(I, H, { resetAfter: false, bidirectional: true, merge: "sum" })],
  ["lstm with everything drawn", lstm(I, H, { zoneout: 0.2, recurrentDropout: 0.3, dropConnect: 0.2 })],
  ["lstm of two directions with DropConnect", lstm(I, H, { bidirectional: true, dropConnect: 0.3 })],
  ["a cell of two states", recurrent(twoStates, I, H, { bidirectional: true })],
];

const given = { all: {}, lengths: { lengths }, mask: { mask } } as const;

const numbers = (n: number, seed: number): Float64Array => {
  const random = new Random(seed);
  return Float64Array.from({ length: n }, () => random.normal());
};

for (const [name, net] of nets) {
  for (const [which, live] of Object.entries(given)) {
    test(`${name}, ${which}: small gives what fast gives`, async () => {
      using backend = cpu({ precision: "float64" });
      const weights = net.initialWeights({ seed: 2 });
      const fast = await gradientsOf("fast");
      const small = await gradientsOf("small");
      for (const [key, data] of Object.entries(fast)) {
        const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const apart = data.reduce((most, value, n) => Math.max(most, Math.abs(value - small[key][n])), 0);
        expect(apart / largest, key).toBeLessThan(1e-12); // sums over chunks are of another order
      }
      expect(small.y).toEqual(fast.y);

      async function gradientsOf(memory: "fast" | "small") {
        const tensors = Object.fromEntries(
          Object.entries(live).map(([key, data]) => [key, { shape: key === "mask" ? [B, T] : [B], data }]),
        );
        const x = { shape: [B, T, I], data: numbers(B * T * I, 3) };
        const shape = shapeOfOutput(name);
        const cotangent = {
          shape,
          data: numbers(
            shape.reduce((a, b) => a * b, 1),
            4,
          ),
        };
        // a list of nets knows none of their types
        const made = await (backend.gradients as unknown as (net: Model, o: object) => Promise<Gradients>)(
          net,
          {
            weights,
            inputs: { x, ...tensors },
            cotangents: { y: cotangent },
            memory,
            seed: 5,
          },
        );
        return {
          y: made.outputs.y.data,
          x: made.inputs.x.data,
          ...Object.fromEntries([...made.weights].map(([key, tensor]) => [key, tensor.data])),
          ...Object.fromEntries([...made.stateNorms].map(([key, tensor]) => [`|${key}|`, tensor.data])),
        } as Record<string, Float64Array>;
      }
    });
  }
}

interface Gradients {
  readonly outputs: { readonly y: { readonly data: Float64Array } };
  readonly inputs: { readonly x: { readonly data: Float64Array } };
  readonly weights: ReadonlyMap<string, { readonly data: Float64Array }>;
  readonly stateNorms: ReadonlyMap<string, { readonly data: Float64Array }>;
}

function shapeOfOutput(name: string): number[] {
  if (name.includes("projected")) return [B, T, 2];
  const isBoth = name.includes("directions") || name.includes("two states");
  return [B, T, isBoth ? 2 * H : H];
}

/** Bytes of all buffers of a training plan whose gradients are of an LSTM's output, and its formula in letters. */
test("what fast and small take, to the byte, and what the machine says of it", async () => {
  const [steps, sequences, units] = [100, 1, 8]; // so few that no sum over them is in parts
  const net = lstm(I, units, { numLayers: 3 });
  const sizes = { batchSize: sequences, sequenceLength: steps, strategy: "step" } as const;
  const how = { ...sizes, loss: squaredError(), optimizer: sgd({ lr: 0.1 }) };
  const options = { ...how, device: processor };
  const bytesOf = (memory: "fast" | "small"): number => net.plan({ ...options, memory }).cost().memory;
  const [BH, chunk, chunks] = [sequences * units, 10, 10];
  const kept = 3 * (steps * 4 * BH + (steps + 2) * BH); // pre-activations and c, of every layer
  const again = chunk * 4 * BH + (chunk + 2) * BH + 3 * (chunks + 1) * BH; // one chunk's, and c where one begins
  expect(bytesOf("fast") - bytesOf("small")).toBe(4 * (kept - again) - paramBytesMore(chunks));

  /** Small has more dispatches: the steps once more, copies, products of each chunk. */
  function paramBytesMore(chunks: number): number {
    const count = (memory: "fast" | "small"): number => net.plan({ ...options, memory }).cost().dispatches;
    const more = count("small") - count("fast");
    // a layer: each chunk's product and steps twice, its weights' gradients and its input's, less once of each
    const copies = 3 * chunks * 3; // in and out forward, in once more backward
    const products = 3 * 2 * chunks + 3 * 2 * chunks + 2 * chunks - (3 + 3 * 2 + 2);
    const begun = 3 * (chunks - 1); // a pass backward begins with a dispatch more, in each chunk
    expect(more).toBe(3 * steps + copies + products + begun);
    return 256 * more;
  }
  using machine = cpu();
  for (const memory of ["fast", "small"] as const) {
    const before = machine.bytes;
    const trainer = await machine.trainer(net, { ...how, memory });
    expect(machine.bytes - before).toBeGreaterThan(0);
    trainer.dispose();
    expect(machine.bytes).toBe(before);
  }
});

test("pre-activations that cannot be bound are cut over time, with the same results", () => {
  const net = lstm(I, 32);
  const sizes = { batchSize: 4, sequenceLength: 64, strategy: "step" } as const;
  const whole = net.plan(sizes).cost();
  // the output takes 66 · 4 · 32 floats; so many of a step's 4 · 4 · 32 are those of 16 steps, a quarter of all
  const cut = net.plan({ ...sizes, limits: { maxStorageBufferBindingSize: 4 * 66 * 4 * 32 } }).cost();
  expect(cut.dispatches - whole.dispatches).toBe(3 + 2 * 4); // a product for each chunk, and c in and out
  const fewer = { maxStorageBufferBindingSize: 4 * 65 * 4 * 32 };
  expect(() => net.plan({ ...sizes, limits: fewer })).toThrow(LimitError); // the output itself
});
