// The product on the CPU, floor 2: as few calls of the operation `product` as the strides allow.

import type { HeldMatrix, Twin } from "./kernel.js";
import { livePlaces } from "./live.js";
import type { Bindings, MatmulParams } from "./matmul.js";
import type { Form } from "./matmul_form.js";
import { type Ops, panelSize, type Unary } from "./ops.js";
import { allRows, liveRuns, piecesOf, type Runs } from "./runs.js";

type At = Readonly<Record<Bindings | "scratch" | "held", number>> & { readonly live?: number };

/** So many rows of A are few: then packing B would cost as much as the product, and its panels are held. */
const few = 64;
/** k is cut into pieces of at most so many, so that the panels of one need little scratch memory. */
const depth = 256;

export function matmulTwin({ live, activation }: Form): Twin<Bindings, keyof MatmulParams> {
  /** Whether A's rows are few: then B's panels last. */
  const holds = (p: MatmulParams): boolean => !live && p.M < few && p.parts === 1;
  return {
    scratch: (p) => (holds(p) ? 0 : panelSize(pieceOf(p), p.N)),
    held: (p) => {
      const matrices: HeldMatrix<"B">[] = [];
      if (!holds(p) || p.N === 0) return matrices;
      const { at } = piecesOfAll(p);
      for (let z = 0; z < p.Z; z += 1) {
        for (let k = 0; k < at.length; k += 3) {
          const from = p.b_0 + z * p.b_z + at[k] * p.b_k1 + at[k + 1] * p.b_k;
          matrices.push({ binding: "B", from, k: p.b_k, n: p.b_n, K: at[k + 2], N: p.N });
        }
      }
      return matrices;
    },
    cpu(ops: Ops, at: At, p) {
      const table = at.live ?? 0;
      const rows = live === "rows" ? liveRuns(ops, table, p.M / p.r, p.r, p.M) : rowsOfAll(p);
      if (p.parts > 1) {
        for (let part = 0; part < p.parts; part += 1) {
          const to = { ...at, C: at.C + part * p.Z * p.c_z };
          multiply(ops, to, p, rows, partOf(ops, p, part, live === "depth" ? table : undefined), undefined);
        }
        return;
      }
      const pieces = live === "depth" ? liveRuns(ops, table, p.K / p.s, p.s, pieceOf(p)) : piecesOfAll(p);
      multiply(ops, at, p, rows, pieces, holds(p) ? at.held : undefined, activation);
    },
  };
}

/** The longest piece of k. */
function pieceOf({ K }: MatmulParams): number {
  return Math.min(K, depth);
}

interface Work {
  readonly rows: Runs;
  readonly pieces: Runs;
}

/** By parameters, which are constant for the life of a plan: a run makes no arrays. */
const known = new WeakMap<MatmulParams, Work>();

function workOf(p: MatmulParams): Work {
  const before = known.get(p);
  if (before) return before;
  const { M, K, r, s } = p;
  const isOneRow = M <= r || (p.a_m1 === r * p.a_m && p.c_m1 === r * p.c_m);
  const isOneDepth = p.a_k1 === s * p.a_k && p.b_k1 === s * p.b_k;
  const work = { rows: allRows(M, r, isOneRow), pieces: piecesOf(K, s, isOneDepth, depth) };
  known.set(p, work);
  return work;
}

function rowsOfAll(p: MatmulParams): Runs {
  return workOf(p).rows;
}

function piecesOfAll(p: MatmulParams): Runs {
  return workOf(p).pieces;
}

/**
 * The k's of a part, as shaders/matmul.wgsl cuts them, one by one. A device that splits is a GPU: this is the
 * specification alone. table: the address of a table of those that there are.
 */
function partOf(ops: Ops, { K, s, parts }: MatmulParams, part: number, table: number | undefined): Runs {
  const first = table === undefined ? 0 : table * ops.words;
  const count = table === undefined ? K : ops.integers[first + livePlaces(0, 0).count];
  const length = Math.ceil(count / (parts * 32)) * 32;
  const at: number[] = [];
  for (let n = part * length; n < Math.min((part + 1) * length, count); n += 1) {
    const k = table === undefined ? n : ops.integers[first + livePlaces(0, 0).rows + n];
    at.push(Math.floor(k / s), k % s, 1);
  }
  return { outer: false, at };
}

/**
 * The product over these runs of rows and of k. held: where the panels of B lie, direction by direction, piece by
 * piece; without, they are packed into scratch memory.
 */
function multiply(
  ops: Ops,
  at: Readonly<Record<"A" | "B" | "bias" | "C" | "scratch", number>>,
  p: MatmulParams,
  rows: Runs,
  pieces: Runs,
  held: number | undefined,
  activation?: Unary,
): void {
  const { M, N, r, a_m1, a_m, a_k1, a_k, c_m1, c_m, ones } = p;
  const a_row = rows.outer ? a_m1 : a_m;
  const c_row = rows.outer ? c_m1 : c_m;
  const ones_row = rows.outer ? r : 1;
  const a_depth = pieces.outer ? a_k1 : a_k;
  const isRow = a_row === 1 && ones_row === 1; // rows of A lie as the sums of the column of ones do
  let next = held ?? 0;
  for (let z = 0; z < p.Z; z += 1) {
    const bias = at.bias + p.bias_0 + z * p.bias_z;
    const sums = at.C + p.ones_0 + z * p.ones_z;
    if (ones === 1 && p.accumulate === 0) ops.fill(sums, 0, M);
    // without any piece the sums are what they start from
    for (let k = 0; k === 0 || k < pieces.at.length; k += 3) {
      const length = pieces.at[k + 2] ?? 0;
      const outer = pieces.at[k] ?? 0;
      const inner = pieces.at[k + 1] ?? 0;
      const panels = held === undefined ? at.scratch : next;
      if (held === undefined && length > 0) {
        const B = at.B + p.b_0 + z * p.b_z + outer * p.b_k1 + inner * p.b_k;
        ops.pack(panels, B, pieces.outer ? p.b_k1 : p.b_k, p.b_n, length, N);
      }
      next += panelSize(length, N);
      const adds = k > 0 || p.accumulate === 1;
      const a_0 = at.A + p.a_0 + z * p.a_z + outer * a_k1 + inner * a_k;
      const c_0 = at.C + p.c_0 + z * p.c_z;
      for (let m = 0; m < rows.at.length; m += 3) {
        const first1 = rows.at[m];
        const first = rows.at[m + 1];
        const count = rows.at[m + 2];
        const A = a_0 + first1 * a_m1 + first * a_m;
        const C = c_0 + first1 * c_m1 + first * c_m;
        // what the sums start from
        if (k === 0 && adds && p.bias === 1) ops.add(C, C, bias, N, count, c_row, c_row, 0);
        const S = adds ? C : p.bias === 1 ? bias : -1;
        ops.product(count, N, length, A, a_row, a_depth, panels, C, c_row, S, adds ? c_row : 0);
        if (ones === 0 || length === 0) continue;
        const to = sums + first1 * r + first;
        const width = isRow ? count : 1;
        for (let i = 0; i < count; i += width) {
          ops.add(to + i * ones_row, to + i * ones_row, A + i * a_row, width, length, 0, 0, a_depth);
        }
      }
    }
    for (let m = 0; activation && m < rows.at.length; m += 3) {
      const C = at.C + p.c_0 + z * p.c_z + rows.at[m] * c_m1 + rows.at[m + 1] * c_m;
      ops[activation](C, C, N, rows.at[m + 2], c_row, c_row);
    }
  }
}
