// The mean squared error, floor 4.

import { squaredError as kernel } from "../kernels/squared_error.js";
import type { Floats } from "../weights/tensors.js";
import { addUp, gradientFor, type Loss, type LossRule } from "./loss.js";

/** The mean over all numbers of (y - target)². Targets have the output's shape. PyTorch's MSELoss. */
export function squaredError(): Loss<{ target: Floats }> {
  return { kind: "squaredError", "~rule": rule };
}

const rule: LossRule = {
  emit: (e, name, given) => {
    const { output, steps, t, b } = given;
    const [M, N] = [output.T * output.B, output.F];
    const target = e.plan.buffer(name, [...steps, N], "input");
    const scale = e.plan.buffer(`1/${name}s`, [1], "input");
    const losses = e.plan.buffer(`${name} losses`, [M]);
    const { rows, finish } = gradientFor(e, name, given);
    e.plan.dispatch(
      kernel,
      { prediction: output.buffer, targets: target, scale, dprediction: rows.buffer, losses },
      {
        M,
        N,
        r: output.B,
        in_0: output.at,
        in_m1: output.t,
        in_m: output.b,
        target_m1: t * N,
        target_m: b * N,
        gradient: given.gradient ? 1 : 0,
      },
    );
    finish();
    addUp(e, losses, given);
    return {
      type: "float",
      shape: [...steps, N],
      prepare: (_, data) => [
        { buffer: target, data: Float64Array.from(data) },
        { buffer: scale, data: Float64Array.of(1 / (M * N)) },
      ],
    };
  },
};
