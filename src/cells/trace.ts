// What calling a cell's step once with symbols shows, floor 1: the graph of the next states, and which of its
// nodes have a slot among the pre-activations, because the step backward needs them or because a product is
// fed with them.

import { ShapeError } from "../errors.js";
import { constant, Expr, expr, inOrder, isConstant, isExchange, leaf, type Place, rewrite } from "./expr.js";
import type { Across, AnySpec, Gate } from "./spec.js";

/**
 * Which of the gates, by number, the rows of a weight belong to, in the order in which they lie in memory.
 */
export interface Rows {
  readonly W: readonly number[];
  readonly R: readonly number[];
}

/** Numbers drawn while training: 0 with probability p, else scale; anew at each step, or once a sequence. */
export interface Mask {
  readonly p: number;
  readonly scale: number;
  readonly each: "step" | "sequence";
}

/** What a cell's steps are disturbed by while training; otherwise by the means of it. */
export interface Noise {
  /** The share of what recurrent weights are multiplied with that is dropped (Gal and Ghahramani 2016). */
  readonly recurrentDropout: number;
  /** The share of each state's units that stay as they were (Krueger et al. 2017). */
  readonly zoneout: Readonly<Record<string, number>>;
  readonly training: boolean;
}

/**
 * A product with a further matrix: which, fed from where, its result and later its gradient in which slot.
 */
export interface FurtherProduct {
  readonly matrix: number;
  readonly fed: Place;
  readonly slot: number;
}

export interface Traced {
  /** The states after the step. */
  readonly next: readonly Expr[];
  /**
   * What each slot holds: of a gate that W feeds its x, of a gate's recurrent half and all other exchanges
   * their result.
   */
  readonly slots: readonly Expr[];
  /** Nodes that the step forward stores, by slot. */
  readonly saved: ReadonlyMap<Expr, number>;
  /** Where what an exchange is fed with lies, if it is no plain leaf. */
  readonly homes: ReadonlyMap<Expr, Place>;
  /**
   * Nodes that products are fed with and whose own slots come to hold gradients: kept in these slots as well.
   */
  readonly copies: ReadonlyMap<Expr, number>;
  /** Slots that hold what products are fed with, and never a gradient. */
  readonly kept: ReadonlySet<number>;
  /** What R's rows are multiplied with, if not the output, by row. */
  readonly fed: ReadonlyMap<number, Place>;
  readonly products: readonly FurtherProduct[];
  /** By the index of their leaves. */
  readonly masks: readonly Mask[];
}

export function trace(spec: AnySpec, rows: Rows, noise?: Noise): Traced {
  const { xs, sums, halves, raw, masks } = call(spec, rows, noise);
  const visit = rewrite();
  const next = raw.map(visit);
  const nodes = inOrder(next);
  const slots: Expr[] = xs.map(visit);
  const saved = new Map([...sums].map(([e, slot]) => [visit(e), slot]));
  const give = (e: Expr): number => {
    saved.set(e, slots.length);
    return slots.push(e) - 1;
  };
  for (const half of halves) give(visit(half));

  // The product inside a sum gate has the gate's slot; every other exchange has one of its own.
  const inside = new Set([...saved.keys()].flatMap((e) => (isExchange(e) ? [] : e.args.filter(isExchange))));
  for (const e of nodes) if (isExchange(e) && !inside.has(e) && !saved.has(e)) give(e);
  const homes = new Map<Expr, Place>();
  const kept = new Set<number>();
  for (const fed of nodes.filter(isExchange).flatMap((e) => e.args)) {
    const isPlain = fed.place?.in === "before" || fed.place?.in === "a";
    if (isPlain || homes.has(fed)) continue;
    const known = saved.get(fed);
    const index = known ?? give(fed);
    if (known === undefined) kept.add(index);
    homes.set(fed, { in: "a", index });
  }

  // A matrix's gradient wants what the matrix was fed with, after the pass backward has put gradients into
  // the other slots.
  const copies = new Map<Expr, number>();
  const lasting = (fed: Expr): Place | undefined => {
    const place = homes.get(fed) ?? fed.place;
    if (place?.in !== "a" || kept.has(place.index)) return place;
    const index = copies.get(fed) ?? slots.push(fed) - 1;
    copies.set(fed, index);
    return { in: "a", index };
  };
  const fed = new Map<number, Place>();
  const products: FurtherProduct[] = [];
  for (const e of nodes) {
    const matrix = e.product?.matrices[0];
    const place = matrix && lasting(e.args[0]);
    if (!place) continue;
    const isOutput = place.in === "before" && place.index === 0;
    if (matrix.block === "M") products.push({ matrix: matrix.index, fed: place, slot: saved.get(e) ?? 0 });
    else if (!isOutput) fed.set(matrix.index, place);
  }
  for (const index of copies.values()) kept.add(index);
  return { next, slots, saved, homes, copies, kept, fed, products, masks };
}

/** Calls the step with symbols. */
function call(spec: AnySpec, rows: Rows, noise: Noise | undefined) {
  const where = `defineCell ${spec.name}`;
  const leaves = (names: readonly string[], space: Place["in"]): Record<string, Expr> =>
    Object.fromEntries(names.map((name, index) => [name, leaf({ in: space, index })]));
  const states = leaves(spec.state, "before");
  const xs = rows.W.map((_, index) => leaf({ in: "a", index }));
  const masks: Mask[] = [];
  /** What is drawn while training, else its mean. */
  const draw = (mask: Mask, mean: number): Expr =>
    noise?.training && mask.p > 0 ? leaf({ in: "mask", index: masks.push(mask) - 1 }) : constant(mean);
  const dropped = noise?.recurrentDropout ?? 0;
  const kept = draw({ p: dropped, scale: 1 / (1 - dropped), each: "sequence" }, 1);
  const gates = new Gates(spec, rows, xs, states[spec.state[0]], kept);
  const made: Record<string, Expr | undefined> = spec.step(
    gates.all as Parameters<typeof spec.step>[0], // each is of its kind: Gates made it so
    states,
    leaves(spec.parameters ?? [], "p"),
    across(where, spec.matrices ?? []),
  );
  const raw = spec.state.map((name) => {
    const value = made[name];
    const stays = noise?.zoneout[name] ?? 0;
    if (value) return zoned(expr(value), states[name], draw({ p: stays, scale: 1, each: "step" }, 1 - stays));
    throw new ShapeError(`${where}: step gives no "${name}"; it must give every state.`);
  });
  return { xs, sums: gates.sums, halves: gates.halves(), raw, masks };
}

/** The new value where `moves` is 1, the old one where it is 0; between them for a mean. */
function zoned(next: Expr, before: Expr, moves: Expr): Expr {
  if (isConstant(moves, 1)) return next;
  return next.mul(moves).add(before.mul(constant(1).sub(moves)));
}

/** The gates as a step gets them. */
class Gates {
  readonly all: Record<string, unknown>;
  /** The pre-activations of sum gates, by slot. */
  readonly sums = new Map<Expr, number>();
  readonly #where: string;
  readonly #rows: Rows;
  readonly #output: Expr;
  /** What everything that R is multiplied with is multiplied with: 1, or a mask. */
  readonly #kept: Expr;
  readonly #names: readonly string[];
  /** The recurrent halves of split and fed gates, by gate. */
  readonly #halves = new Map<number, Expr>();

  constructor(spec: AnySpec, rows: Rows, xs: readonly Expr[], output: Expr, kept: Expr) {
    this.#where = `defineCell ${spec.name}`;
    this.#rows = rows;
    this.#output = output;
    this.#kept = kept;
    this.#names = Object.keys(spec.gates);
    this.all = Object.fromEntries(
      Object.entries(spec.gates).map(([name, kind], gate) => {
        const slot = rows.W.indexOf(gate);
        return [name, this.#gate(kind, gate, slot, xs[slot])];
      }),
    );
  }

  /** The recurrent halves, in the order of R's rows, where they come after the sum gates'. */
  halves(): Expr[] {
    return this.#rows.R.slice(this.sums.size).map((gate) => {
      const half = this.#halves.get(gate);
      if (half) return half;
      throw new ShapeError(`${this.#where}: ${this.#names[gate]}.h(…) is never called; call it once.`);
    });
  }

  #gate(kind: Gate, gate: number, slot: number, x: Expr): unknown {
    if (kind === "input") return x;
    if (kind === "sum") {
      const a = this.#product(gate, this.#output).add(x);
      this.sums.set(a, slot);
      return a;
    }
    if (kind === "split") return { x, h: this.#half(gate, this.#output) };
    return { x, h: (fed: Expr) => this.#half(gate, expr(fed)) };
  }

  #half(gate: number, fed: Expr): Expr {
    if (this.#halves.has(gate)) {
      throw new ShapeError(`${this.#where}: ${this.#names[gate]}.h(…) is called twice; call it once.`);
    }
    const half = this.#product(gate, fed);
    this.#halves.set(gate, half);
    return half;
  }

  #product(gate: number, fed: Expr): Expr {
    const matrices = [{ block: "R", index: this.#rows.R.indexOf(gate) }] as const;
    const product = { matrices, transposed: false, bias: true };
    return new Expr("product", [fed.mul(this.#kept)], { product });
  }
}

function across(where: string, names: readonly string[]): Across {
  const sum = (x: Expr): Expr => new Expr("sum", [expr(x)]);
  return {
    sum,
    mean: (x) => sum(x).mul(leaf({ in: "units", index: 0 })),
    product: (name, x) => {
      const index = names.indexOf(name);
      if (index < 0) {
        throw new ShapeError(`${where}: there is no matrix "${name}"; declare it in matrices.`);
      }
      const matrices = [{ block: "M", index }] as const;
      return new Expr("product", [expr(x)], { product: { matrices, transposed: false, bias: false } });
    },
  };
}
