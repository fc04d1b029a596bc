// The network that writes: symbols in, a recurrent stack, a score for every symbol out.

import { crossEntropy, embedding, gru, linear, lstm, rnn, sequential } from "webrnn";
import { embeddingSize, type Structure } from "../../settings.js";

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
