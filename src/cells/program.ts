// A step's graph cut into phases at its exchanges, floor 1: what both kernels of a step read, the printed and
// the plain one. Phase 0 comes before the first exchange; phase e takes what exchange e gave. A number that a
// later phase needs is kept in memory.

import { type Expr, inOrder, isExchange, keyOf, type Place, type Product } from "./expr.js";

/** A number to be stored; `add` adds it to what is there. */
export interface Store {
  readonly value: Expr;
  readonly to: Place;
  readonly add?: boolean;
}

/** A product over the units, or (without `product`) a sum. `fed` tells where each argument lies. */
export interface Exchange {
  readonly value: Expr;
  readonly product: Product | undefined;
  readonly fed: readonly Place[];
}

/** In this order: the exchanges, then loads, then the arithmetic of each unit, then stores. */
export interface Phase {
  readonly exchanges: readonly Exchange[];
  readonly loads: readonly { readonly value: Expr; readonly from: Place }[];
  readonly arithmetic: readonly Expr[];
  readonly stores: readonly Store[];
}

export interface Program {
  readonly phases: readonly Phase[];
  /** Slots of `carry` that it uses, those of the caller included. */
  readonly carried: number;
}

export interface Graph {
  readonly roots: readonly Store[];
  /** Where what an exchange is fed with lies, for arguments that are not plain leaves. Each is a root too. */
  readonly homes: ReadonlyMap<Expr, Place>;
  /** Slots of `carry` that the caller has given out. */
  readonly carried: number;
  /** Whether what need not be done before the first exchange is done after it. */
  readonly late: boolean;
}

/** Cuts a graph into phases. */
export function program({ roots, homes, carried, late }: Graph): Program {
  const nodes = inOrder(roots.map((r) => r.value));
  const level = levels(nodes, late);
  const at = (e: Expr): number => level.get(e) ?? 0;
  const last = Math.max(0, ...nodes.filter(isExchange).map(at));

  const stores: Store[][] = Array.from({ length: last + 1 }, () => []);
  const stored = new Map<string, number>(); // place -> the phase that writes it
  const home = new Map<Expr, { readonly place: Place; readonly phase: number }>();
  for (const root of roots) {
    const phase = late && last > 0 && !homes.has(root.value) ? Math.max(1, at(root.value)) : at(root.value);
    stores[phase]?.push(root);
    stored.set(keyOf(root.to), phase);
    if (!root.add && root.value.op !== "leaf") home.set(root.value, { place: root.to, phase });
  }

  let slots = carried;
  const kept = new Map<Expr, Place>();
  const loads = Array.from({ length: last + 1 }, () => new Map<Expr, Place>());
  /** Sees to it that a phase has a number that comes from an earlier phase or from memory. */
  const need = (e: Expr, phase: number): void => {
    if (e.op === "constant" || loads[phase]?.has(e)) return;
    if (e.op === "leaf" && e.place) {
      const lost = stored.get(keyOf(e.place)) ?? last;
      loads[phase]?.set(e, phase > lost ? keep(e, lost) : e.place);
    } else if (at(e) < phase) {
      const known = home.get(e);
      loads[phase]?.set(e, known && known.phase < phase ? known.place : keep(e, at(e)));
    }
  };
  const keep = (e: Expr, phase: number): Place => {
    const known = kept.get(e);
    if (known) return known;
    const to: Place = { in: "carry", index: slots++ };
    kept.set(e, to);
    if (e.op === "leaf") need(e, phase);
    stores[phase]?.push({ value: e, to });
    return to;
  };

  for (const e of nodes) {
    if (e.op === "leaf" || isExchange(e)) continue;
    for (const a of e.args) need(a, at(e));
  }
  stores.forEach((list, phase) => {
    for (const { value } of [...list]) need(value, phase);
  });

  const fedFrom = (e: Expr): Place => {
    const place = homes.get(e) ?? e.place;
    if (!place) throw new Error(`program: what an exchange is fed with (${e.op}) has no place in memory`);
    return place;
  };
  return {
    carried: slots,
    phases: stores.map((list, phase) => ({
      exchanges: nodes
        .filter((e) => isExchange(e) && at(e) === phase)
        .sort((a, b) => rank(a) - rank(b))
        .map((value) => ({ value, product: value.product, fed: value.args.map(fedFrom) })),
      loads: [...(loads[phase] ?? [])].map(([value, from]) => ({ value, from })),
      arithmetic: nodes.filter((e) => e.args.length > 0 && !isExchange(e) && at(e) === phase),
      stores: list,
    })),
  };
}

/** Exchanges stand in the order of their rows of R: what lies side by side can be one product. */
function rank({ product }: Expr): number {
  const first = product?.matrices[0];
  return first?.block === "R" ? first.index : Number.MAX_SAFE_INTEGER;
}

/** The phase of each node: one more than its arguments' where it is an exchange. */
function levels(nodes: readonly Expr[], late: boolean): Map<Expr, number> {
  const level = new Map<Expr, number>();
  const of = (e: Expr): number =>
    Math.max(0, ...e.args.map((a) => level.get(a) ?? 0)) + (isExchange(e) ? 1 : 0);
  for (const e of nodes) level.set(e, of(e));
  if (!late || !nodes.some(isExchange)) return level;

  const early = new Set(inOrder(nodes.filter((e) => isExchange(e) && level.get(e) === 1)));
  for (const e of nodes) {
    if (e.args.length > 0 && level.get(e) === 0 && !early.has(e)) level.set(e, 1);
  }
  return level;
}
