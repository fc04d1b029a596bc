// The arithmetic of a step of an LSTM for 32 sequences of 256 units: evaluated operation by operation, as the
// library does with every cell, and by one function that knows this cell. The same inputs lie in both
// memories at the same places: the pre-activations' two halves, from the input and from h, and c. Results are
// h and c.

import { simdGround, simdModule } from "../../../src/backends/cpu/simd.js";
import { graphOf } from "../../../src/cells/cell.js";
import { lstmCell } from "../../../src/cells/lstm.js";
import { still } from "../../../src/kernels/kernel.js";
import { PhaseOnCpu } from "../../../src/kernels/step_cpu.js";
import { mix2, uniform } from "../../../src/random.js";
import relaxed from "./fused.as.ts?relaxed-simd";
import simd from "./fused.as.ts?simd";
import type { Lane } from "./race.js";
import { cell as workload } from "./workloads.js";

const { B, H } = workload;
const units = B * H;
/** One evaluation takes less than what clocks resolve well. */
const repeats = 20;
const none = { R: 0, M: 0, bias: 0, p: 0, ds: 0, layer: 0, W: 0, biasW: 0, x: 0, x_b: 0 };
const sizes = { T: 1, B, H, P: H, I: H, D: 1, first: 0, chunk: 1, ...none };
const moment = { t: 0, d: 0, isReversed: false };

export async function cellLanes(mayFuse: boolean): Promise<Lane[]> {
  const module = simdModule(mayFuse);
  if (module instanceof Error) throw module;
  const ground = simdGround(module);

  const cell = graphOf(lstmCell());
  const [, tail] = cell.forward(false).phases;
  const part = {
    cell,
    tail,
    head: undefined,
    backward: false,
    bias: false,
    tile: 4,
    parts: 1,
    split: false,
    live: false,
    chunked: false,
  };
  const phase = new PhaseOnCpu(tail, part);
  // states have a slot before the step, one after it, and one for the other direction
  const s0 = Math.ceil(ground.reserved / 16) * 16;
  const s1 = s0 + 3 * units;
  const a = s1 + 3 * units;
  const scratch = a + 4 * units; // begins with the exchanges' results
  const end = scratch + phase.size(sizes) + 16;
  const at = { s0, s1, a, scratch };

  const ops = ground.grow(4 * end);
  const given = Float32Array.from({ length: end }, (_, n) => 6 * uniform(mix2(3, n)) - 3);
  ops.floats.set(given.subarray(s0), s0);

  const bytes = (module.fused ? relaxed : simd)();
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * end) / 65536) });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const lstm = instance.exports.lstm as (...given: number[]) => void; // as fused.as.ts has it
  const floats = new Float32Array(memory.buffer);
  floats.set(given.subarray(s0), s0);
  // the exchanges' results come in the phase's order, [B, exchanges, H]; the function wants i f g o
  for (let b = 0; b < B; b += 1) {
    tail.exchanges.forEach(({ product }, e) => {
      const from = scratch + (4 * b + e) * H;
      const gate = product?.matrices[0].index ?? 0;
      floats.set(given.subarray(from, from + H), scratch + (4 * b + gate) * H);
    });
  }

  const results = (from: ArrayLike<number> & { slice(a: number, b: number): Float32Array }): Float32Array =>
    Float32Array.of(...from.slice(s0 + units, s0 + 2 * units), ...from.slice(s1 + units, s1 + 2 * units));
  return [
    {
      name: "operation by operation",
      run() {
        for (let n = 0; n < repeats; n += 1) phase.arithmetic(ops, at, sizes, still, moment, 0, B);
      },
      output: () => results(ops.floats as Float32Array),
    },
    {
      name: "one function",
      run() {
        for (let n = 0; n < repeats; n += 1) {
          lstm(4 * a, 4 * scratch, 4 * s1, 4 * (s1 + units), 4 * (s0 + units), B, H);
        }
      },
      output: () => results(floats),
    },
  ];
}
