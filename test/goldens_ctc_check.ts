// CTC against PyTorch, on any backend: the loss and the gradient of the logits, of sequences of unlike
// lengths.

import { type Backend, ctc, type Floats, type Ints, type Model } from "../src/index.js";
import { livePorts } from "../src/layers/definition.js";
import type { Signal } from "../src/layers/signal.js";
import { Network } from "../src/network/network.js";
import { type CtcCase, integers, tensor } from "./fixtures/goldens.js";
import { type AnyBackend, deviation } from "./goldens_check.js";
import type { Deviations } from "./goldens_training_check.js";

/** Gives what it takes, of which only the steps within lengths, or in a mask, are there. */
export function within(V: number): Model<{ x: Floats; lengths?: Ints; mask?: Ints }, "y"> {
  return new Network({
    layer: {
      kind: `within(${V})`,
      parameters: [],
      takes: { x: { type: "float", features: V }, ...livePorts },
      gives: ({ x }) => ({ y: x }),
      emit: (e, _, { x, lengths, mask }) => {
        const { T } = x.rows;
        const live = lengths ? e.live(lengths, T) : mask && e.live(mask, T, "zero");
        const y: Signal = { rows: x.rows, wanted: x.wanted, ...(live && { live }) };
        e.backward(() => {
          const dy = y.gradient;
          if (dy) e.contribute(x, (to, accumulate) => e.copy(dy, to, accumulate));
        });
        return { y };
      },
    },
  });
}

export async function checkCtc(backend: AnyBackend, golden: CtcCase): Promise<Deviations> {
  const { blank, reduction, zero_infinity: zeroInfinity } = golden.args;
  const logits = await tensor(golden, "in/logits"); // time-major
  const target = await integers(golden, "in/targets");
  const [, B, V] = logits.shape;
  const lengthsOf = (data: readonly number[]) => ({ shape: [B], data: Int32Array.from(data) });
  const got = await (backend as Backend).gradients(within(V), {
    weights: {},
    inputs: {
      x: logits,
      lengths: lengthsOf(golden.input_lengths),
      target,
      targetLengths: lengthsOf(golden.target_lengths),
    },
    batchFirst: false,
    loss: ctc({ blank, zeroInfinity, reduction: reduction === "mean" ? "mean" : "sum" }),
  });
  const gradient = await tensor(golden, "grad/logits");
  return {
    forward: deviation([got.loss], [golden.loss]),
    backward: deviation(got.inputs.x.data, gradient.data),
    compared: 2,
  };
}
