// Connectionist temporal classification, floor 4: labels of a sequence without telling at which steps.

import { checkSize, nothingElse, wrong } from "../errors.js";
import { ctc as kernel } from "../kernels/ctc.js";
import { ctcGradient } from "../kernels/ctc_gradient.js";
import { ignored, noTarget, softmaxCrossEntropyFor } from "../kernels/softmax_cross_entropy.js";
import { strides } from "../layers/signal.js";
import { ordinary } from "../plan/device_class.js";
import type { Ints } from "../weights/tensors.js";
import { ctcTargets, type Sequence } from "./ctc_targets.js";
import { addUp, gradientFor, type Loss, type LossRule, liveRows, type Reduction, scaleOf } from "./loss.js";

export interface CtcOptions {
  /** The class that stands for no label; 0 unless given. */
  readonly blank?: number;
  /** "mean" (unless given): each loss is divided by its number of labels, then their mean over the sequences. */
  readonly reduction?: Reduction;
  /** Whether the loss is 0, not infinite, where a sequence has too few steps for its labels. */
  readonly zeroInfinity?: boolean;
  /** The most labels that a target may have; sequenceLength unless given. Memory grows with it. */
  readonly maxLength?: number;
}

/**
 * -log of the probability of the labels over all their alignments, in nats (Graves et al. 2006). Outputs are
 * logits [B, T, V]; target is [B, S] labels, any S, of which targetLengths [B] count. Of a sequence with a
 * length only its steps count. Fewer steps than labels and repetitions together make an infinite loss, and an
 * update of it is skipped, unless there is `zeroInfinity`. PyTorch's CTCLoss of log_softmax(y).
 */
export function ctc(o: CtcOptions = {}): Loss<{ target: Ints; targetLengths: Ints }> {
  return { kind: "ctc", "~rule": rule(o) };
}

/** Two dispatches, one more for the gradient, and the sum. */
function rule(o: CtcOptions): LossRule {
  const { blank = 0, zeroInfinity = false, maxLength: most, reduction, ...rest } = o;
  nothingElse("ctc", o, rest);
  checkSize("ctc: maxLength", most ?? 1);
  const scale = scaleOf("ctc", reduction);
  const weightOf = ({ count, fits }: Sequence): number => {
    if (fits) return scale(Math.max(1, count));
    return zeroInfinity ? 0 : Number.POSITIVE_INFINITY;
  };
  return {
    emit: (e, name, given) => {
      const { output } = given;
      const { T, B, F: V } = output;
      if (!Number.isInteger(blank) || blank < 0 || blank >= V) {
        throw wrong("ctc: blank", blank, `from 0 to ${V - 1}, of the size of the output`);
      }
      const [M, S] = [T * B, Math.min(T, most ?? T)];
      const targets = e.plan.buffer(name, [B, 2 + S], "input", "u32");
      const weights = e.plan.buffer(`${name} weights`, [B], "input");
      const there = e.plan.buffer(`${name} rows`, [M], "input", "u32");
      const ones = e.plan.buffer(`${name} ones`, [M], "input");
      const normalizers = e.plan.buffer(`${name} normalizers`, [M]);
      const paths = e.plan.buffer(`${name} paths`, [B, given.gradient ? T + 2 : 2, 2 * S + 1]);
      const losses = e.plan.buffer(`${name} losses`, [B]);
      const { rows, finish } = gradientFor(e, name, given);
      const [logits, dlogits] = [output.buffer, rows.buffer];
      const gradient = given.gradient ? 1 : 0;
      const place = { ...strides("in", output), gradient };
      // of rows without a target, cross entropy is log sum exp, and its gradient softmax
      e.plan.dispatch(
        softmaxCrossEntropyFor(V, (e.purpose.device ?? ordinary).barrier),
        { logits, targets: there, weights: ones, smoothing: ones, dlogits, losses: normalizers },
        { M, V, r: B, smooths: 0, ...place },
      );
      const bound = { targets, weights, paths };
      e.plan.dispatch(kernel, { logits, normalizers, losses, ...bound }, { T, B, S, blank, ...place });
      if (given.gradient) e.plan.dispatch(ctcGradient, { dlogits, ...bound }, { T, B, V, S, blank });
      finish();
      addUp(e, losses, given);
      return {
        type: "int",
        shape: [B, S],
        lengths: true,
        prepare: (where, data, live, lengths = []) => {
          const labels = { data, lengths, rows: liveRows(M, live) };
          const { table, sequences } = ctcTargets(where, labels, { B, V, S, most, blank });
          const factor = scale(sequences.filter(({ isThere }) => isThere).length);
          const ids = new Uint32Array(M).fill(ignored);
          for (const m of labels.rows) ids[m] = noTarget;
          return [
            { buffer: targets, data: table },
            { buffer: weights, data: Float64Array.from(sequences, (one) => weightOf(one) * factor) },
            { buffer: there, data: ids },
            { buffer: ones, data: new Float64Array(M).fill(1) },
          ];
        },
      };
    },
  };
}
