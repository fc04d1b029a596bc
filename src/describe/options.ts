// The options of recurrent layers and the types of what is made with them, floor 5.

import type { Activation } from "../cells/activations.js";
import type { Value, WhichSteps } from "../describe.js";
import type { Model, Simplify } from "../types.js";
import type { Floats, Ints } from "../weights/tensors.js";

type Given<S extends string> = { readonly [K in S as `${K}0`]?: Value } & WhichSteps;
type Steps<S extends string> = { readonly [K in "y" | `${S}n`]: Value };
/**
 * A recurrent layer: x [B, T, I], lengths [B] and initial states [L·D, B, H] in; y [B, T, D·H] (zeros past a
 * length) and final states [L·D, B, H] (those at each sequence's end) out. An output that is projected has projSize for H, as its state h; directions that are merged, other than
 * by concatenation, give y [B, T, H].
 */
export type Recurrent<S extends string> = Model<
  Simplify<{ x: Floats; lengths?: Ints } & { [K in S as `${K}0`]?: Floats }>,
  "y" | `${S}n`,
  string,
  (x: Value, given?: Given<S>) => Steps<S>
>;

interface OneDirection {
  /** Whether the layer reads in both directions; one unless given. */
  bidirectional?: false;
  /** Whether it reads from the end. */
  reverse?: boolean;
  /**
   * Of a reversed layer: whether y at t belongs to x at t, as in PyTorch and ONNX (the default), or y begins with
   * what was computed first, as in Keras.
   */
  reverseOrder?: "time" | "processed";
  merge?: never;
}

interface BothDirections {
  /** The layer reads in both directions, with weights of their own. */
  bidirectional: true;
  reverse?: never;
  reverseOrder?: never;
  /** What becomes of the outputs of the two; side by side, [B, T, 2·H], unless given. */
  merge?: "concat" | "sum" | "mean" | "product";
}

interface Common<S extends string> {
  /** Layers on top of each other; 1 unless given. */
  numLayers?: number;
  /**
   * The biases: two as in PyTorch (true, the default), of W x alone, of R h alone, or none (false).
   */
  bias?: boolean | "input" | "recurrent";
  /**
   * Whether initial states that are not given are learned, from 0 on: parameters h0_l0, c0_l0, … of [H]. Not in a
   * trainer or session that is stateful: there a call begins where the last one ended.
   */
  learnedState?: boolean;
  /** The share of each layer's output that is dropped while training, but the last's. */
  dropout?: number;
  /** The share of the input that is dropped while training: the same numbers at all steps of a sequence. */
  inputDropout?: number;
  /**
   * The share of h that the recurrent products do not see while training: one mask for all steps of a sequence
   * (Gal and Ghahramani 2016).
   */
  recurrentDropout?: number;
  /** The share of the recurrent weights that are dropped while training (Wan et al. 2013, Merity et al. 2018). */
  dropConnect?: number;
  /** The share of units whose state stays as it is at a step while training (Krueger et al. 2017), of all states or by state. */
  zoneout?: number | { readonly [K in S]?: number };
  /** y at a step that is masked: that of the step before (the default), or zero. */
  masked?: "repeat" | "zero";
}

/** What every recurrent layer takes. S: the names of its states. */
export type RecurrentOptions<S extends string = string> = (OneDirection | BothDirections) & Common<S>;

export type RnnOptions = RecurrentOptions<"h"> & {
  /** tanh unless given. */
  nonlinearity?: Activation;
  /** W x + R h + b is held within ±clip, as ONNX has it. */
  clip?: number;
};

export type LstmOptions = RecurrentOptions<"h" | "c"> & {
  /**
   * Whether gates see the memory, by a weight a unit: peephole_i, peephole_f and peephole_o (Gers et al. 2002).
   * i and f see the one before, o the one after.
   */
  peephole?: boolean;
  /** Whether f is 1 - i: there is no gate f (ONNX's input_forget, Greff et al. 2017). */
  coupled?: boolean;
  /** What goes into a gate's function is held within ±clip, as ONNX has it. */
  clip?: number;
  /** The memory c is held within ±cellClip (Sak et al. 2014). */
  cellClip?: number;
  /** What the bias of f begins at (Jozefowicz et al. 2015), in the input's bias; the recurrent one is then 0. */
  forgetBias?: number;
  /** The size of the output, where it is projected by weight_hr [projSize, H] (Sak et al. 2014). */
  projSize?: number;
  /**
   * Whether W x, R h and the memory that is given out are normalized (Ba et al. 2016), each with gains and
   * biases layer_norm_weight_ih_i, layer_norm_bias_ih_i, … of [H]. There is no other bias.
   */
  layerNorm?: boolean;
  /** Functions of the gates i f g o, sigmoid sigmoid tanh sigmoid, and of the memory given out, tanh. */
  activations?: { readonly [K in "i" | "f" | "g" | "o" | "c"]?: Activation };
};

export type GruOptions = RecurrentOptions<"h"> & {
  /** Whether the reset gate acts after the product with R (the default, PyTorch's) or before it. */
  resetAfter?: boolean;
  /** What goes into a gate's function is held within ±clip, as ONNX has it. */
  clip?: number;
  /** Whether W x and R h are normalized (Ba et al. 2016); as the LSTM's. Only with resetAfter. */
  layerNorm?: boolean;
  /** Functions of the gates r z n, sigmoid sigmoid tanh. */
  activations?: { readonly [K in "r" | "z" | "n"]?: Activation };
};
