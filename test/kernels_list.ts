// Every kernel whose declaration is held to its shader: those of files, and of generated ones a choice in
// which each binding and each option occurs.

import { type Cell, graphOf } from "../src/cells/cell.js";
import { leaf } from "../src/cells/expr.js";
import { gruCell } from "../src/cells/gru.js";
import { lstmCell } from "../src/cells/lstm.js";
import { rnnCell } from "../src/cells/rnn.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "../src/index.js";
import { addParts } from "../src/kernels/add_parts.js";
import { additiveScore } from "../src/kernels/additive_score.js";
import { additiveScoreBackward } from "../src/kernels/additive_score_backward.js";
import { copyByLength, copyTurned } from "../src/kernels/by_length.js";
import { carry } from "../src/kernels/carry.js";
import { clip } from "../src/kernels/clip.js";
import { copy } from "../src/kernels/copy.js";
import { ctc } from "../src/kernels/ctc.js";
import { ctcGradient } from "../src/kernels/ctc_gradient.js";
import { dropout } from "../src/kernels/dropout.js";
import { elementwiseLoss } from "../src/kernels/elementwise_loss.js";
import { gather } from "../src/kernels/gather.js";
import { gatherBackward } from "../src/kernels/gather_backward.js";
import type { Kernel } from "../src/kernels/kernel.js";
import { layerNorm } from "../src/kernels/layer_norm.js";
import { matmul } from "../src/kernels/matmul.js";
import { pack, packHalf } from "../src/kernels/pack.js";
import { pointwiseKernel } from "../src/kernels/pointwise.js";
import { pool } from "../src/kernels/pool.js";
import { probe } from "../src/kernels/probe.js";
import { sampleOf } from "../src/kernels/sample.js";
import { scan } from "../src/kernels/scan.js";
import { settle } from "../src/kernels/settle.js";
import { softmax } from "../src/kernels/softmax.js";
import { softmaxCrossEntropy, softmaxCrossEntropyAlone } from "../src/kernels/softmax_cross_entropy.js";
import { step } from "../src/kernels/step.js";
import { sum } from "../src/kernels/sum.js";
import { updateKernel } from "../src/kernels/update.js";
import { deepTiles, float16Tiles, tiles } from "../src/plan/matmul_tile.js";

/**
 * What reflection needs of a kernel: all but its functions, whose parameters go by each kernel's own names.
 */
export type Declared = Pick<Kernel, "name" | "wgsl" | "bindings" | "params" | "run" | "workgroupBytes">;

function steps<S extends string>(cell: Cell<S>): readonly Declared[] {
  const graph = graphOf(cell);
  const one = { tile: 1, threads: 1_024, split: true, widths: { H: 64, P: 64, I: 8 } };
  const many = { tile: 4, threads: 256, widths: { H: 64, P: 64, I: 8 } };
  const options = [
    { backward: false, bias: true, keep: true, ...one },
    { backward: false, bias: false, keep: false, ...many },
    { backward: false, bias: true, biasW: true, fused: true, ...one },
    { backward: false, bias: true, half: true, ...many },
    { backward: false, bias: true, biasW: true, fused: true, subgroups: true, ...one },
    { backward: false, bias: true, biasW: true, fused: true, rows: true, ...many, tile: 1 },
    { backward: false, bias: true, biasW: true, fused: true, named: true, rows: true, ...many, tile: 1 },
    { backward: true, bias: true, dy: true, norms: true, ...one },
    { backward: true, bias: false, dy: false, norms: false, ...many },
    { backward: false, bias: true, keep: true, live: true, ...many },
    { backward: false, bias: true, live: true, chunked: true, ...one },
    { backward: true, bias: true, dy: true, bounded: true, live: true, ...many },
    { backward: true, bias: true, dy: true, norms: true, bounded: true, ...one },
  ];
  const zoneout = Object.fromEntries(graph.states.map((s) => [s, 0.1]));
  const noisy = graph.noisy({ recurrentDropout: 0.2, zoneout, training: true });
  return [graph, noisy].flatMap((made) =>
    options.flatMap((option, n) => [
      ...step(made, option).kernels,
      ...("fused" in option
        ? []
        : scan(made, { ...option, tile: 1 + (n % 2), threads: 256, resident: n % 3 > 0 }).kernels),
    ]),
  );
}

/** Of each optimizer, with and without what it can have, and with as many bindings as there can be. */
const updates: readonly Declared[] = [
  sgd({ lr: 1 }),
  sgd({ lr: 1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  adam(),
  adam({ amsgrad: true }),
  adamw(),
  rmsprop(),
  rmsprop({ centered: true, momentum: 0.9 }),
  adagrad(),
].flatMap(({ "~rule": rule }) => (rule ? [updateKernel(rule, false), updateKernel(rule, true)] : []));

const x = (index: number) => leaf({ in: "x", index });

/** Of each tile, the two ways to read that need most memory and least; live rows, live k, functions of the result. */
const products: readonly Declared[] = [...tiles, ...deepTiles, ...float16Tiles].flatMap((tile) => {
  const least = { tile, a: "k", b: "other", c: false, tail: true, levels: "kac" } as const;
  const most = { tile, a: "vec4 k", b: "vec4 other", c: true, tail: false, levels: "" } as const;
  const none = { bias: false, accumulate: false, ones: false };
  const all = { bias: true, accumulate: true, ones: tile.deep === undefined };
  const byFours = tile.depth > 0 || tile.deep ? [matmul({ ...most, ...none, live: "rows" })] : [];
  return [
    matmul({ ...least, ...all }),
    matmul({ ...least, ...all, live: "depth" }),
    matmul({ ...least, ...none, b: "vec4 other", c: true, activation: "tanh" }),
    ...byFours,
  ];
});

export const kernels: readonly Declared[] = [
  addParts,
  additiveScore,
  additiveScoreBackward,
  carry([
    [0, 0],
    [1, 2],
  ]),
  clip,
  copyByLength,
  copyTurned,
  copy,
  ctc,
  ctcGradient,
  dropout,
  elementwiseLoss("", (y, target) => y.sub(target)),
  gather,
  gatherBackward,
  layerNorm,
  ...products,
  pack,
  packHalf,
  pointwiseKernel(x(0).mul(x(1)).add(0.5), 2),
  pool,
  probe,
  sampleOf(9, [[0, 1]]),
  sampleOf(9, [], 4),
  sampleOf(9_999),
  settle,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyAlone,
  ...steps(rnnCell()),
  ...steps(lstmCell()),
  ...steps(gruCell()),
  ...steps(gruCell({ resetAfter: false })),
  sum,
  ...updates,
];
