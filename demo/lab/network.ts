// The network of the page: symbols in, a recurrent stack, a score for every symbol out.

import {
  adam,
  adamw,
  crossEntropy,
  embedding,
  gru,
  linear,
  lstm,
  type Optimizer,
  rnn,
  sequential,
  sgd,
  type Trainer,
} from "webrnn";
import { embeddingSize, type Live, type Structure } from "../settings.js";

const cells = { rnn, lstm, gru };

/** x [B, T] of ids, y [B, T, symbols]. */
export function networkOf(
  { cell, hidden, layers }: Pick<Structure, "cell" | "hidden" | "layers">,
  symbols: number,
) {
  const width = embeddingSize(hidden);
  return sequential({
    embed: embedding(symbols, width),
    rnn: cells[cell](width, hidden, { numLayers: layers }),
    head: linear(hidden, symbols),
  });
}

export type Network = ReturnType<typeof networkOf>;
export const loss = crossEntropy();
export type NetworkTrainer = Trainer<Network, typeof loss>;

/** An optimizer whose rate follows the slider. */
export function optimizerOf(name: Structure["optimizer"], live: Live): Optimizer {
  const lr = () => live.lr;
  if (name === "sgd") {
    return sgd({ lr, momentum: 0.9 });
  }
  return name === "adamw" ? adamw({ lr }) : adam({ lr });
}
