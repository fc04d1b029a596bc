// Affine maps, floor 4: z = W x + b for all rows (t, b) in one product. The linear layer is one of these, the input
// of a recurrent layer another, with a map for each direction. The mirror is in src/layers/affine_backward.ts.

import { addParts } from "../kernels/add_parts.js";
import { type MatmulParams, matmul, matmulParams } from "../kernels/matmul.js";
import type { Form } from "../kernels/matmul_form.js";
import { ordinary } from "../plan/device_class.js";
import { formOf } from "../plan/matmul_form.js";
import { type Freedom, sharesOf } from "../plan/matmul_tile.js";
import type { Buffer } from "../plan/plan.js";
import type { Emitter } from "./emitter.js";
import { type Live, type Rows, strides } from "./signal.js";

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
  /** Where its packed copy [D, columns, rows] begins, if it has one. */
  readonly packedAt?: number | undefined;
}

/** The part of a matrix that columns of one direction are multiplied with; the whole, where they are of all. */
export function partOf({ at, apart, bias, packedAt }: Place, { only = 0 }: Columns): Place {
  return {
    at: at + only * apart,
    packedAt: packedAt === undefined ? undefined : packedAt + only * apart,
    apart,
    bias: bias && { at: bias.at + only * bias.apart, apart: bias.apart },
  };
}

/** How many directions columns are of, and where the first of them begins. */
export function directionsOf({ D, width, first, only }: Columns): { Z: number; first: number } {
  return only === undefined ? { Z: D, first } : { Z: 1, first: first + only * width };
}

/** What a product leaves at its default: no offset, no second level of stride, no bias, nothing to add to. */
export function plain(): MatmulParams {
  const none = Object.fromEntries(Object.keys(matmulParams).map((name) => [name, 0]));
  return { ...(none as MatmulParams), a_k: 1, b_n: 1, Z: 1, parts: 1 }; // every parameter is among the keys
}

type Operands = Readonly<Record<"A" | "B" | "bias" | "C", Buffer>>;

/** live: of those rows or those k that there are. freedom: see src/plan/matmul_tile.ts. */
interface How {
  readonly live?: { readonly of: "rows" | "depth"; readonly steps: Live | undefined };
  readonly freedom?: Freedom;
  readonly activation?: Form["activation"];
}

/** A product, one dispatch; two where its sums are cut into parts. */
export function product(e: Emitter, bound: Operands, params: MatmulParams, how: How = {}): void {
  const { live, freedom, activation } = how;
  const { M, N, r, Z, ones } = params;
  const { device = ordinary, arithmetic } = e.purpose;
  const isFloat16 = arithmetic === "float16";
  const { tile, parts, seconds } = sharesOf(params, device, M <= r ? freedom : undefined, isFloat16);
  const steps = live?.steps;
  const table = steps && { live: steps.table };
  const emit = (to: Buffer, p: MatmulParams): void => {
    const half = bound.B.type === "u32";
    const kernel = matmul(formOf(p, tile, steps && live?.of, activation, half));
    e.plan.dispatch(kernel, { ...bound, ...table, C: to }, p, device.launch + seconds);
  };
  if (parts === 1) {
    emit(bound.C, params);
    return;
  }
  const each = M * (N + ones);
  const sums = e.common("sums in parts", [parts, Z * each]);
  const side = { c_0: 0, c_z: each, c_m: N, ones_0: M * N, ones_z: each, accumulate: 0 };
  emit(sums, { ...params, ...side, parts });
  e.plan.dispatch(addParts, { sums, C: bound.C }, { ...params, parts });
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
  product(
    e,
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

/** z = f(W x + b), where x is [T, B, I] and W [D, count, I], for the rows that there are. */
export function affine(
  e: Emitter,
  x: Rows,
  whole: Place,
  z: Columns,
  live: Live | undefined,
  { activation, freedom }: How = {},
): void {
  const { T, B, D, width } = z;
  const W = partOf(whole, z);
  const { Z, first } = directionsOf(z);
  // k outermost, as a step has it; the copy in float32 gains nothing
  const isPacked = e.purpose.storage === "float16" && W.packedAt !== undefined;
  const B_ = isPacked ? { b_0: W.packedAt ?? 0, b_k: z.count, b_n: 1 } : { b_0: W.at, b_k: 1, b_n: x.F };
  product(
    e,
    { A: x.buffer, B: isPacked ? e.packed : e.weights, bias: e.weights, C: z.buffer },
    {
      ...plain(),
      M: T * B,
      N: z.count,
      K: x.F,
      Z,
      r: B,
      s: x.F,
      ...strides("a", x),
      ...B_,
      b_z: W.apart,
      c_0: first,
      c_z: width,
      c_m1: B * D * width,
      c_m: D * width,
      bias: W.bias ? 1 : 0,
      bias_0: W.bias?.at ?? 0,
      bias_z: W.bias?.apart ?? 0,
    },
    { live: { of: "rows", steps: live }, activation, freedom },
  );
}
