// DropConnect on recurrent weights, floor 4: while training, each number of R is dropped with a probability, the
// same ones at all steps of a run. Wan et al. (2013), as Merity et al. (2018) use it. The steps read copies of a
// layer's weights in which they are dropped.

import { ShapeError } from "../errors.js";
import { dropout, dropoutParams } from "../kernels/dropout.js";
import type { Buffer } from "../plan/plan.js";
import { sizeOf } from "../weights/tensors.js";
import type { Emitter } from "./emitter.js";
import type { Recurrent, Stacked } from "./stacked.js";

/** Where the steps find their weights. Where some are dropped, two dispatches a direction and two copies before. */
export function recurrentOf(e: Emitter, layer: Stacked): Recurrent {
  const { at, packedAt, name } = layer;
  const own = { weights: e.weights, packed: e.packed, at, packedAt, layer: undefined };
  if (layer.dropConnect === 0 || !e.purpose.training) return own;
  if (e.purpose.storage === "float16") {
    throw new ShapeError(
      `${name.slice(0, -1)}: dropConnect drops numbers of weights, which storage float16 has two to a word; it must be ` +
        "one of them. Leave one out.",
    );
  }
  const copyOf = (from: Buffer, what: string, first: number, end: number): Buffer => {
    const to = e.plan.buffer(`${name}${what}_l${layer.layer}`, [end - first]);
    e.plan.before.push({ from: { buffer: from, at: first }, to: { buffer: to, at: 0 }, size: end - first });
    return to;
  };
  const isOwn = new RegExp(`_l${layer.layer}(_reverse)?$`);
  const all = [...e.arena.parameters.values()].filter((p) => p.name.startsWith(name) && isOwn.test(p.name));
  const ends = all.map((p) => p.at + sizeOf(p.shape));
  const packedEnds = all.filter((p) => p.packed).map((p) => p.packedAt + sizeOf(p.shape));
  const weights = copyOf(e.weights, "dropped", at.R, Math.max(...ends));
  const packed = copyOf(e.packed, "dropped packed", packedAt.R, Math.max(...packedEnds));
  const number = e.nextDropout(layer.directions);
  const size = layer.cell.rows.R.length * layer.hiddenSize * layer.outputSize;
  for (let d = 0; d < layer.directions; d++) {
    const at0 = d * size;
    dropRows(e, layer, number, { buffer: e.weights, at: at.R + at0 }, { buffer: weights, at: at0 }, { d });
    const from = { buffer: e.packed, at: packedAt.R + at0 };
    dropRows(e, layer, number, from, { buffer: packed, at: at0 }, { d, transposed: 1 });
  }
  const shifted = (place: number, first: number): number => Math.max(0, place - first);
  return {
    weights,
    packed,
    at: {
      R: 0,
      M: shifted(at.M, at.R),
      biasR: shifted(at.biasR, at.R),
      p: shifted(at.p, at.R),
    },
    packedAt: { R: 0, M: shifted(packedAt.M, packedAt.R) },
    layer: number,
  };
}

/** R [rows, P] of direction d with what is dropped at zero; transposed: the packed copy, [P, rows]. */
export function dropRows(
  e: Emitter,
  { cell, hiddenSize: H, outputSize: P, dropConnect }: Stacked,
  layer: number,
  from: { readonly buffer: Buffer; readonly at: number },
  to: { readonly buffer: Buffer; readonly at: number },
  {
    d,
    transposed = 0,
    accumulate = 0,
  }: { readonly d: number; readonly transposed?: 0 | 1; readonly accumulate?: 0 | 1 },
): void {
  const rows = cell.rows.R.length * H;
  const [r, N] = transposed === 1 ? [P, rows] : [rows, P];
  e.plan.dispatch(
    dropout,
    { input: from.buffer, out: to.buffer },
    {
      M: r,
      N,
      r,
      in_0: from.at,
      in_m1: 0,
      in_m: N,
      out_0: to.at,
      out_m1: 0,
      out_m: N,
      layer: layer + d,
      ...dropoutParams(dropConnect),
      sequences: 0,
      once: 0,
      transposed,
      accumulate,
    },
  );
}
