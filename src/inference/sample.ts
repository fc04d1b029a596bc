// Drawing a token from logits, floor 5.

import { mix, uniform } from "../random.js";

export interface Sampling {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
}

/**
 * Draws from softmax(logits / temperature), of the topK likeliest tokens (Fan et al. 2018) and of those the
 * fewest whose probabilities sum to topP (Holtzman et al. 2020). key: seed, step and sequence, hashed into
 * the number that decides. logProb: the natural logarithm of the token's probability in softmax(logits),
 * before any of this.
 */
export function draw(
  logits: ArrayLike<number>,
  at: number,
  V: number,
  { temperature = 1, topK = V, topP = 1 }: Sampling,
  [seed, step, sequence]: readonly [number, number, number],
): { readonly id: number; readonly logProb: number } {
  let largest = at;
  for (let v = at; v < at + V; v++) if (logits[v] > logits[largest]) largest = v;
  const top = logits[largest];
  let total = 0;
  for (let v = at; v < at + V; v++) total += Math.exp(logits[v] - top);
  const logProb = (id: number): number => logits[at + id] - top - Math.log(total);
  const likeliest = largest - at;
  if (temperature === 0) return { id: likeliest, logProb: logProb(likeliest) };

  const order = Array.from({ length: V }, (_, v) => v).sort(
    (a, b) => logits[at + b] - logits[at + a] || a - b,
  );
  const kept = order.slice(0, Math.max(1, topK));
  const weights = kept.map((v) => Math.exp((logits[at + v] - top) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  let [count, mass] = [0, 0];
  while (count < kept.length && (count === 0 || mass < topP * sum)) mass += weights[count++];

  let left = uniform(mix(seed, step, sequence)) * mass;
  let k = 0;
  while (k < count - 1 && left >= weights[k]) left -= weights[k++];
  return { id: kept[k], logProb: logProb(kept[k]) };
}
