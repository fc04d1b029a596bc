// How deep a share is tinted, and which is the largest.

/** Shares at which the next deeper tint begins. */
const thresholds = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9];

export const tintOf = (share: number): number => thresholds.filter((threshold) => share >= threshold).length;

/** The index of the largest. */
export const likeliest = (beliefs: Float32Array): number =>
  beliefs.reduce((best, belief, i) => (belief > beliefs[best] ? i : best), 0);
