// Which scalars are of a projected output's P units, not of a layer's H, floor 1: read off the graph, since only
// products lead from the ones to the others.

import type { Expr } from "./expr.js";

/** Tells of any node of a cell's graphs, forward and backward. slots: what the pre-activations hold. */
export function narrowness(projected: boolean, slots: readonly Expr[]): (e: Expr) => boolean {
  if (!projected) return () => false;
  const known = new Map<Expr, boolean>();
  const find = (e: Expr): boolean => {
    if (e.place) {
      if (e.place.in === "a") return isNarrowSlot(e.place.index);
      return e.place.index === 0 && ["before", "carry", "dy"].includes(e.place.in);
    }
    // R takes P numbers and gives H, as W gives H, the projection the other way round; transposed, they are turned.
    if (e.product) return (e.product.matrices[0]?.block !== "M") === e.product.transposed;
    return e.op !== "sum" && e.args.some(isNarrow);
  };
  const isNarrow = (e: Expr): boolean => {
    const before = known.get(e);
    if (before !== undefined) return before;
    const found = find(e);
    known.set(e, found);
    return found;
  };
  const isNarrowSlot = (index: number): boolean => {
    const slot = slots[index];
    return slot?.place?.in !== "a" && slot !== undefined && isNarrow(slot);
  };
  return isNarrow;
}
