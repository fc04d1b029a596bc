// One layer of a stack of recurrent layers, floor 4: where its weights and its pre-activations lie.

import type { CellGraph } from "../cells/cell.js";
import type { Buffer } from "../plan/plan.js";
import type { Columns, Place } from "./affine.js";
import type { Rows } from "./signal.js";
import type { StepSizes } from "./unroll.js";

/** One layer of a stack: where its weights lie, and how it runs. */
export interface Stacked {
  readonly cell: CellGraph;
  /** Its number in the stack; its name in the model, with a dot, as parameters have it. */
  readonly layer: number;
  readonly name: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly directions: number;
  /** Bit d: direction d reads the sequence from its end. */
  readonly reversed: number;
  readonly bias: boolean;
  /** First elements of its blocks in the buffer of weights; R and M also in the packed copy. */
  readonly at: { W: number; R: number; M: number; biasW: number; biasR: number; p: number };
  readonly packedAt: { R: number; M: number };
}

/** The buffers of one layer's pass. */
export interface Tape {
  readonly a: Buffer;
  readonly states: readonly Buffer[];
  readonly sizes: StepSizes;
}

/** W and its bias, of all directions. */
export function inputMap({ cell, hiddenSize: H, inputSize: I, at, bias }: Stacked): Place {
  const rows = cell.rows.W.length * H;
  return { at: at.W, apart: rows * I, bias: bias ? { at: at.biasW, apart: rows } : undefined };
}

/** Some slots of the pre-activations, [T, B, D, slots, H]. */
export function slotColumns(
  { cell, directions: D, hiddenSize: H }: Stacked,
  a: Buffer,
  { T, B }: Rows,
  slot: number,
  slots: number,
): Columns {
  return { buffer: a, T, B, D, width: cell.slots * H, first: slot * H, count: slots * H };
}
