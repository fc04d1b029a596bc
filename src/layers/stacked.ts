// One layer of a stack of recurrent layers, floor 4: where its weights and its pre-activations lie.

import type { CellGraph } from "../cells/cell.js";
import type { Buffer } from "../plan/plan.js";
import type { Columns, Place } from "./affine.js";
import type { Live, Signal } from "./signal.js";
import type { StepSizes } from "./unroll.js";

/** One layer of a stack: where its weights lie, and how it runs. */
export interface Stacked {
  /** As it runs in this plan: with what is drawn while training, or the mean of it. */
  readonly cell: CellGraph;
  /** Its number in the stack; its name in the model, with a dot, as parameters have it. */
  readonly layer: number;
  readonly name: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Numbers of the output a direction: hiddenSize, unless the cell projects it. */
  readonly outputSize: number;
  readonly directions: number;
  /** How many layers of the network these are the directions of. */
  readonly members: number;
  /** Bit d: direction d reads the sequence from its end. */
  readonly reversed: number;
  /** Whether W's and R's products have a bias. */
  readonly biasW: boolean;
  readonly biasR: boolean;
  /** First elements of its blocks in the buffer of weights; of matrices also in the packed copy. */
  readonly at: { W: number; R: number; M: number; biasW: number; biasR: number; p: number };
  readonly packedAt: { W: number; R: number; M: number };
  /** The share of R that is dropped while training. */
  readonly dropConnect: number;
  /** Which steps of which sequences there are, if not all. */
  readonly live: Live | undefined;
  /** Which rows of the output there are: all where masked steps repeat it. */
  readonly outputLive: Live | undefined;
  /** How many steps' pre-activations, and states but the output, are held at a time; T: all. */
  readonly chunk: number;
  /** Where the initial state s of direction d lies among the weights, if it is one. */
  readonly learned: ((s: number, d: number) => number) | undefined;
}

/** What one layer's pass reads, and its buffers. */
export interface Tape {
  /** x: one of all directions, or each one's own. */
  readonly inputs: readonly Signal[];
  readonly a: Buffer;
  /** Of each state: slots of all steps of the output, and of a chunk's of the others. */
  readonly states: readonly Buffer[];
  /** States but the output at the beginning of each chunk and at the end, [chunks + 1, B, D·H], if there are several. */
  readonly starts: readonly (Buffer | undefined)[];
  readonly sizes: Omit<StepSizes, "first" | "chunk">;
  readonly recurrent: Recurrent;
}

/** Where the steps of a layer find its weights: those of the model, or copies in which some are dropped. */
export interface Recurrent {
  readonly weights: Buffer;
  readonly packed: Buffer;
  /** First elements of the blocks in `weights`, and of R and M in `packed`. */
  readonly at: { readonly R: number; readonly M: number; readonly biasR: number; readonly p: number };
  readonly packedAt: { readonly R: number; readonly M: number };
  /** The number of what is dropped, if anything is. */
  readonly layer: number | undefined;
}

/** W and its bias, of all directions. */
export function inputMap({ cell, hiddenSize: H, inputSize: I, at, packedAt, biasW }: Stacked): Place {
  const rows = cell.rows.W.length * H;
  const bias = biasW ? { at: at.biasW, apart: rows } : undefined;
  return { at: at.W, apart: rows * I, packedAt: packedAt.W, bias };
}

/** Some slots of the pre-activations, [T, B, D, slots, H]. */
export function slotColumns(
  { cell, directions: D, hiddenSize: H }: Stacked,
  a: Buffer,
  { T, B, only }: Pick<Columns, "T" | "B" | "only">,
  slot: number,
  slots: number,
): Columns {
  return { buffer: a, T, B, D, width: cell.slots * H, first: slot * H, count: slots * H, only };
}

/** The size of a state. */
export function stateSize({ outputSize, hiddenSize }: Stacked, s: number): number {
  return s === 0 ? outputSize : hiddenSize;
}
