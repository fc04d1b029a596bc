// The network that tells languages apart: letters in, a recurrent stack in both directions, the mean over each
// name's own letters, a score for every language out.

import { crossEntropy, embedding, gru, linear, lstm, pool, rnn, sequential } from "webrnn";
import { embeddingSize, type Structure } from "../../settings.js";

const cells = { rnn, lstm, gru };

/** How the outputs of all letters become one: its mean, or for the gradient's way back the last one alone. */
type Pooling = "mean" | "last";

/** x [B, T] of ids and lengths [B], y [B, languages]. */
export function networkOf(
  { cell, hidden, layers, directions }: Pick<Structure, "cell" | "hidden" | "layers" | "directions">,
  sizes: { readonly symbols: number; readonly languages: number },
  pooling: Pooling = "mean",
) {
  const width = embeddingSize(hidden);
  const bidirectional = directions === "both";
  return sequential({
    embed: embedding(sizes.symbols, width),
    rnn: cells[cell](width, hidden, { numLayers: layers, bidirectional }),
    pool: pool(pooling),
    head: linear(bidirectional ? 2 * hidden : hidden, sizes.languages),
  });
}

export type Network = ReturnType<typeof networkOf>;
export const loss = crossEntropy();
