// The recurrent layers of the built-in cells, floor 5.

import type { Activation } from "../cells/activations.js";
import { graphOf } from "../cells/cell.js";
import { indRnnCell, mguCell, minGruCell, minLstmCell } from "../cells/further.js";
import { gruCell } from "../cells/gru.js";
import { lstmCell } from "../cells/lstm.js";
import { rnnCell } from "../cells/rnn.js";
import { nothingElse, ShapeError, wrong } from "../errors.js";
import type { GruOptions, LstmOptions, Recurrent, RecurrentOptions, RnnOptions } from "./options.js";
import { type AnyOptions, layerOf, recurrent } from "./recurrent.js";

/** An Elman network, h' = tanh(W x + R h + b). PyTorch's nn.RNN. */
export function rnn(inputSize: number, hiddenSize: number, options: RnnOptions = {}): Recurrent<"h"> {
  const { nonlinearity, clip, ...others } = options;
  nothingElse("rnn", options);
  return recurrent(rnnCell(nonlinearity, clip), inputSize, hiddenSize, others);
}

/**
 * Long short-term memory. PyTorch's nn.LSTM, and more.
 *
 * @throws ShapeError if an option is out of its range, or two exclude each other.
 */
export function lstm(inputSize: number, hiddenSize: number, options: LstmOptions = {}): Recurrent<"h" | "c"> {
  const { peephole, coupled, clip, cellClip, forgetBias, layerNorm, activations, ...others } = options;
  const bias = biasOf("lstm", options);
  if (coupled && (activations?.f || forgetBias !== undefined)) {
    throw new ShapeError("lstm: coupled has no gate f; leave out activations.f and forgetBias, or coupled.");
  }
  if (forgetBias !== undefined && !(Number.isFinite(forgetBias) && (layerNorm || bias))) {
    throw wrong("lstm: forgetBias", `${forgetBias} with bias ${bias}`, "a number, of a bias");
  }
  const cell = lstmCell({ ...options, projected: options.projSize !== undefined });
  const initialBias = forgetBias === undefined || layerNorm ? undefined : { f: forgetBias };
  return layerOf(graphOf(cell), inputSize, hiddenSize, { ...others, bias }, initialBias);
}

/**
 * The gated recurrent unit: PyTorch's nn.GRU, or with resetAfter: false the reset gate before the product, as
 * first published.
 *
 * @throws ShapeError if an option is out of its range, or two exclude each other.
 */
export function gru(inputSize: number, hiddenSize: number, options: GruOptions = {}): Recurrent<"h"> {
  const { resetAfter, clip, layerNorm, activations, ...others } = options;
  const bias = biasOf("gru", options);
  if (layerNorm && resetAfter === false) {
    throw new ShapeError(
      "gru: layerNorm normalizes R h before the reset; leave out resetAfter: false, or it.",
    );
  }
  return recurrent(gruCell(options), inputSize, hiddenSize, { ...others, bias });
}

/** Normalized sums have biases of their own. */
function biasOf(where: string, o: AnyOptions & { layerNorm?: boolean }): NonNullable<AnyOptions["bias"]> {
  const { layerNorm, bias } = o;
  nothingElse(where, o);
  if (!layerNorm) return bias ?? true;
  if (!bias) return false;
  throw new ShapeError(`${where}: layerNorm has biases of its own; leave out bias.`);
}
/** Independent units, h' = relu(W x + u h + b): Li et al. (2018). nonlinearity: relu unless given. */
export function indRnn(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<"h"> & { nonlinearity?: Activation } = {},
): Recurrent<"h"> {
  const { nonlinearity, ...others } = options;
  nothingElse("indRnn", options);
  return recurrent(indRnnCell(nonlinearity), inputSize, hiddenSize, others);
}

/** A GRU whose gates see the input alone: Feng et al. (2024). Gates in the order z n. */
export function minGru(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<"h"> = {},
): Recurrent<"h"> {
  return recurrent(minGruCell, inputSize, hiddenSize, options);
}

/** An LSTM whose gates see the input alone, with h its memory: Feng et al. (2024). Gates in the order f i n. */
export function minLstm(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<"h"> = {},
): Recurrent<"h"> {
  return recurrent(minLstmCell, inputSize, hiddenSize, options);
}

/** The minimal gated unit: Zhou et al. (2016). Gates in the order f n. */
export function mgu(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<"h"> = {},
): Recurrent<"h"> {
  return recurrent(mguCell, inputSize, hiddenSize, options);
}
