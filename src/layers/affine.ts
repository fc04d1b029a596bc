// Affine maps, floor 4: z = W x + b for all rows (t, b) in one product, and the mirror: one product for the
// gradients of W and b, one for that of x. The linear layer is one of these, the input of a recurrent layer
// another, with a map for each direction.

import type { Values } from "../kernels/kernel.js";
import { matmul, matmulOfLiveRows, matmulOverLive } from "../kernels/matmul.js";
import type { Buffer } from "../plan/plan.js";
import type { Emitter } from "./emitter.js";
import { type Live, type Rows, type Signal, stepsOf, strides } from "./signal.js";

/** Columns of a buffer [T, B, D, width]: `count` of them from `first` on, in every direction, or in `only` one. */
export interface Columns {
  readonly buffer: Buffer;
  readonly T: number;
  readonly B: number;
  readonly D: number;
  readonly width: number;
  readonly first: number;
  readonly count: number;
  readonly only?: number | undefined;
}

/**
 * Where a matrix [D, rows, columns] begins, how far one direction is from the next; and its bias [D, rows],
 * if it has one.
 */
export interface Place {
  readonly at: number;
  readonly apart: number;
  readonly bias: { readonly at: number; readonly apart: number } | undefined;
}

/** The part of a matrix that columns of one direction are multiplied with; the whole, where they are of all. */
function partOf({ at, apart, bias }: Place, { only = 0 }: Columns): Place {
  return {
    at: at + only * apart,
    apart,
    bias: bias && { at: bias.at + only * bias.apart, apart: bias.apart },
  };
}

/** How many directions columns are of, and where the first of them begins. */
function directionsOf({ D, width, first, only }: Columns): { Z: number; first: number } {
  return only === undefined ? { Z: D, first } : { Z: 1, first: first + only * width };
}

type MatmulParams = Values<keyof typeof matmul.params>;

/** What a product leaves at its default: no offset, no second level of stride, no bias, nothing to add to. */
function plain(): MatmulParams {
  const none = Object.fromEntries(Object.keys(matmul.params).map((name) => [name, 0]));
  return { ...(none as MatmulParams), a_k: 1, b_n: 1, Z: 1 }; // every parameter is among the keys
}

type Operands = Readonly<Record<keyof typeof matmul.bindings, Buffer>>;

/** Over the rows that there are, or over all. */
function productOfRows(e: Emitter, bound: Operands, params: MatmulParams, live: Live | undefined): void {
  if (live) e.plan.dispatch(matmulOfLiveRows, { ...bound, live: live.table }, params);
  else e.plan.dispatch(matmul, bound, params);
}

/** A sum over the rows that there are, or over all. */
function productOverRows(e: Emitter, bound: Operands, params: MatmulParams, live: Live | undefined): void {
  if (live) e.plan.dispatch(matmulOverLive, { ...bound, live: live.table }, params);
  else e.plan.dispatch(matmul, bound, params);
}

/**
 * C = A B, or Aᵀ B, or A Bᵀ, for each sequence: rows [T, B, F] are a matrix [T, F] for each. An operand that is
 * transposed says so.
 */
export function productOfSequences(
  e: Emitter,
  [A, isATransposed]: readonly [Rows, boolean],
  [B, isBTransposed]: readonly [Rows, boolean],
  C: Rows,
  accumulate: 0 | 1,
): void {
  const K = isATransposed ? A.T : A.F;
  e.plan.dispatch(
    matmul,
    { A: A.buffer, B: B.buffer, bias: B.buffer, C: C.buffer },
    {
      ...plain(),
      M: C.T,
      N: C.F,
      K,
      Z: C.B,
      r: C.T,
      s: K,
      a_0: A.at,
      a_z: A.b,
      a_m: isATransposed ? 1 : A.t,
      a_k: isATransposed ? A.t : 1,
      b_0: B.at,
      b_z: B.b,
      b_k: isBTransposed ? 1 : B.t,
      b_n: isBTransposed ? B.t : 1,
      c_0: C.at,
      c_z: C.b,
      c_m: C.t,
      accumulate,
    },
  );
}

/** z = W x + b, where x is [T, B, I] and W [D, count, I], for the rows that there are. */
export function affine(e: Emitter, x: Rows, whole: Place, z: Columns, live: Live | undefined): void {
  const { T, B, D, width } = z;
  const W = partOf(whole, z);
  const { Z, first } = directionsOf(z);
  productOfRows(
    e,
    { A: x.buffer, B: e.weights, bias: e.weights, C: z.buffer },
    {
      ...plain(),
      M: T * B,
      N: z.count,
      K: x.F,
      Z,
      r: B,
      s: x.F,
      ...strides("a", x),
      b_0: W.at,
      b_z: W.apart,
      b_k: 1,
      b_n: x.F,
      c_0: first,
      c_z: width,
      c_m1: B * D * width,
      c_m: D * width,
      bias: W.bias ? 1 : 0,
      bias_0: W.bias?.at ?? 0,
      bias_z: W.bias?.apart ?? 0,
    },
    live,
  );
}

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
  productOverRows(e, bound, params, live);
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
      productOfRows(
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
        live,
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
  productOverRows(e, { A: buffer, B: buffer, bias: buffer, C: to }, params, live);
}
