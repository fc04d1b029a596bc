// ONNX's recurrent operators, floor 5: what a node of one is, and what it becomes.

import type { Recurrent } from "../describe/options.js";
import type { FloatArray, Tensor } from "../weights/tensors.js";

export type OnnxOperator = "RNN" | "LSTM" | "GRU";

/** The attributes of RNN, LSTM and GRU, as ONNX names them; those left out have ONNX's defaults. */
export interface OnnxAttributes {
  readonly direction?: "forward" | "reverse" | "bidirectional";
  /** R tells it too. */
  readonly hidden_size?: number;
  /** f of an RNN, f g h of an LSTM, f g of a GRU; in both directions those of the reverse one behind them. */
  readonly activations?: readonly string[];
  /** For those activations that have one, in their order; what is missing has its default. */
  readonly activation_alpha?: readonly number[];
  readonly activation_beta?: readonly number[];
  readonly clip?: number;
  readonly input_forget?: number;
  readonly linear_before_reset?: number;
  readonly layout?: number;
}

/** A node: its operator, its attributes, and those of its inputs that are weights. */
export interface OnnxNode<Op extends OnnxOperator = OnnxOperator> {
  readonly op: Op;
  readonly attributes?: OnnxAttributes;
  /** [D, G·H, I], D directions; the G gates are i o f c of an LSTM, z r h of a GRU. */
  readonly W: Tensor<FloatArray>;
  /** [D, G·H, H]. */
  readonly R: Tensor<FloatArray>;
  /** [D, 2·G·H]: biases of W, then of R. */
  readonly B?: Tensor<FloatArray> | undefined;
  /** [D, 3·H]: peepholes of i o f. */
  readonly P?: Tensor<FloatArray> | undefined;
}

/** A layer, and its weights by its names. */
export interface OnnxLayer<S extends string> {
  readonly layer: Recurrent<S>;
  readonly weights: Map<string, Tensor<FloatArray>>;
}

export interface FromOnnx<S extends string> extends OnnxLayer<S> {
  /**
   * Where the activations of two directions differ, `layer` is of the forward one, and this of the reverse one: both
   * read the same x, and their outputs are laid side by side (concat).
   */
  readonly reverse?: OnnxLayer<S>;
  /** Whether X and Y are [B, T, …] (layout 1): the option of sessions and trainers. */
  readonly batchFirst: boolean;
}

/** The states of an operator's layer; of one that is not known before it runs, those that all have. */
export type StatesOf<Op extends OnnxOperator> = [Op] extends ["LSTM"] ? "h" | "c" : "h";
