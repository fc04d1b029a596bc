// The mirror of an affine map, floor 4: one product for the gradients of W and b, one for that of x.

import type { Buffer } from "../plan/plan.js";
import { type Columns, directionsOf, type Place, partOf, plain, product } from "./affine.js";
import type { Emitter } from "./emitter.js";
import { type Live, type Rows, type Signal, stepsOf } from "./signal.js";

/**
 * dW (+)= dzᵀ x and db (+)= Σ dz, over all (t, b) that there are. `apart`: how far x of one direction is from
 * that of the next, 0 where all directions have the same. Nothing where all of them are frozen.
 */
export function weightGradient(
  e: Emitter,
  dz: Columns,
  x: Rows,
  apart: number,
  dW: Place,
  gradients: Buffer,
  live: Live | undefined,
): void {
  const accumulate = accumulates(e, dz, dW);
  const isFrozen = ({ at, apart: next }: { at: number; apart: number }): boolean =>
    e.isFrozen(at) && e.isFrozen(at + (dz.D - 1) * next);
  if (isFrozen(dW) && (!dW.bias || isFrozen(dW.bias))) return;
  outerProduct(e, dz, x, apart, dW, gradients, accumulate, live);
}

/** Whether the gradients of a matrix have been written in this plan, direction by direction. */
function accumulates(e: Emitter, { D, only }: Columns, { at, apart }: Place): 0 | 1 {
  const directions = only === undefined ? [...Array(D).keys()] : [only];
  return directions.map((d) => e.accumulates(at + d * apart))[0];
}

/** The product of weightGradient, wherever its result goes. */
export function outerProduct(
  e: Emitter,
  dz: Columns,
  x: Rows,
  apart: number,
  whole: Place,
  gradients: Buffer,
  accumulate: 0 | 1,
  live: Live | undefined,
): void {
  const { T, B, D, width, only = 0 } = dz;
  const { Z, first } = directionsOf(dz);
  const dW = partOf(whole, dz);
  const bound = { A: dz.buffer, B: x.buffer, bias: x.buffer, C: gradients };
  const params = {
    ...plain(),
    M: dz.count,
    N: x.F,
    K: T * B,
    Z,
    r: dz.count,
    s: B,
    a_0: first,
    a_z: width,
    a_m: 1,
    a_k1: B * D * width,
    a_k: D * width,
    b_0: x.at + only * apart,
    b_z: apart,
    b_k1: x.t,
    b_k: x.b,
    c_0: dW.at,
    c_z: dW.apart,
    c_m: x.F,
    ones: dW.bias ? 1 : 0,
    ones_0: dW.bias?.at ?? 0,
    ones_z: dW.bias?.apart ?? 0,
    accumulate,
  };
  product(e, bound, params, { live: { of: "depth", steps: live }, freedom: "partial" });
}

/**
 * dx (+)= Wᵀ dz, over the columns of all directions. W lies direction after direction without gaps. times: dz is
 * of those steps of x alone.
 */
export function inputGradient(
  e: Emitter,
  dz: Columns,
  whole: Place,
  x: Signal,
  live: Live | undefined,
  times?: { readonly first: number },
): void {
  const { T, B, D, width, count } = dz;
  const { Z, first } = directionsOf(dz);
  const W = partOf(whole, dz);
  const I = x.rows.F;
  e.contribute(
    x,
    (all, accumulate) => {
      const to = times ? stepsOf(all, times.first, T) : all;
      product(
        e,
        { A: dz.buffer, B: e.weights, bias: e.weights, C: to.buffer },
        {
          ...plain(),
          M: T * B,
          N: I,
          K: Z * count,
          r: B,
          s: count,
          a_0: first,
          a_m1: B * D * width,
          a_m: D * width,
          a_k1: width,
          b_0: W.at,
          b_k1: count * I,
          b_k: I,
          c_0: to.at,
          c_m1: to.t,
          c_m: to.b,
          accumulate,
        },
        { live: { of: "rows", steps: live } },
      );
    },
    times ? "in parts" : live,
  );
}

/**
 * to[z, n] (+)= the sum over b of [Z, B, row] from `first` on, N of a row, or over those b that are live: a
 * product of which nothing is wanted but the column of ones.
 */
export function columnSums(
  e: Emitter,
  {
    buffer,
    first,
    Z,
    B,
    N,
    row = N,
  }: { buffer: Buffer; first: number; Z: number; B: number; N: number; row?: number },
  to: Buffer,
  at: number,
  accumulate: 0 | 1,
  live?: Live,
): void {
  const s = live?.B ?? B;
  const params = {
    ...plain(),
    M: N,
    K: B,
    Z,
    r: N,
    s,
    a_0: first,
    a_z: B * row,
    a_m: 1,
    a_k1: s * row,
    a_k: row,
    ones: 1,
    ones_0: at,
    ones_z: N,
    accumulate,
  };
  const bound = { A: buffer, B: buffer, bias: buffer, C: to };
  product(e, bound, params, { live: { of: "depth", steps: live }, freedom: "partial" });
}
