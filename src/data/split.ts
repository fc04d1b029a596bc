// Which items a network learns from and which it is measured on: by chance, by item, and the same for the
// same seed.

import { wrong } from "../errors.js";
import { Random } from "../random.js";

/**
 * Parts items at random into those to train on and those held out, both in their old order. heldOut is the
 * share to hold out, as 0.1 for a tenth; of two items or more, at least one goes to either side. seed: any
 * integer.
 *
 * Throws ShapeError where heldOut is not between 0 and 1 (0 holds out nothing).
 */
export function split<T>(
  items: readonly T[],
  o: { heldOut: number; seed: number },
): { train: T[]; heldOut: T[] } {
  if (!(o.heldOut >= 0 && o.heldOut < 1)) {
    throw wrong("split: heldOut", o.heldOut, "a share, at least 0 and below 1");
  }
  const wanted = Math.max(Math.round(items.length * o.heldOut), Math.sign(o.heldOut));
  const order = new Random(o.seed).shuffle(items.map((_, at) => at));
  const held = new Set(order.slice(0, Math.min(wanted, items.length - 1)));
  return {
    train: items.filter((_, at) => !held.has(at)),
    heldOut: items.filter((_, at) => held.has(at)),
  };
}
