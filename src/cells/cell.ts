// A recurrent cell, floor 1: gates, states and one pure step function of the scalars of one unit. From it
// come the programs of the step forward and of the step backward, the layout of the pre-activations, and the
// order of the weights' rows.

import { wrong } from "../errors.js";
import { adjoints } from "./derivative.js";
import { apply, Expr, inOrder, isExchange, leaf, type Place, rewrite } from "./expr.js";
import { narrowness } from "./narrow.js";
import { type Graph, type Program, program, type Store } from "./program.js";
import type { AnySpec, CellSpec, Gate } from "./spec.js";
import { type FurtherProduct, type Mask, type Noise, type Rows, type Traced, trace } from "./trace.js";

/** The public face: opaque but for its name. */
export interface Cell<S extends string = string> {
  readonly name: string;
  readonly "~state"?: S;
}

/**
 * A cell as the kernels and layers know it. Slots of the pre-activations lie in the order input-only | shared
 * | recurrent-only | further: those that W feeds are one block, those that R feeds are one block.
 */
export class CellGraph<S extends string = string> implements Cell<S> {
  readonly name: string;
  declare readonly "~state"?: S;
  /** R's part of a gate, by number, in PyTorch's order of rows: all gates but "input" ones. */
  readonly recurrentGates: readonly number[];
  /** The names of all gates, in PyTorch's order. */
  readonly gates: readonly string[];
  readonly states: readonly S[];
  readonly parameters: readonly string[];
  readonly matrices: readonly string[];
  /** What parameters are at first, where they are not uniform. */
  readonly initial: Readonly<Record<string, number | undefined>>;
  /** Whether the output has a size of its own, P: its only further matrix, [P, H], gives it. */
  readonly projected: boolean;
  /** Whether a number is one of P units, as the output, not one of H. */
  readonly isNarrow: (e: Expr) => boolean;
  readonly rows: Rows;
  /** Slots of the pre-activations: all, the first that R feeds. */
  readonly slots: number;
  readonly firstRecurrent: number;
  /** What R's rows are multiplied with, if not the output, by row: the slot where it lies. */
  readonly fed: ReadonlyMap<number, Place>;
  /** The products with further matrices. */
  readonly products: readonly FurtherProduct[];
  /** What is drawn while training. */
  readonly masks: readonly Mask[];

  readonly #spec: AnySpec<S>;
  readonly #traced: Traced;
  /** The same cell with noise, by what the noise is. */
  readonly #noisy = new Map<string, CellGraph<S>>();

  constructor(spec: AnySpec<S>, noise?: Noise) {
    this.#spec = spec;
    this.name = noise ? `${spec.name}, ${JSON.stringify(noise)}` : spec.name;
    this.states = spec.state;
    this.parameters = spec.parameters ?? [];
    this.matrices = spec.matrices ?? [];
    this.gates = Object.keys(spec.gates);
    this.initial = spec.initial ?? {};
    this.projected = spec.projected !== undefined;
    if (spec.projected && String(this.matrices) !== spec.projected.matrix) {
      throw wrong(`defineCell ${spec.name}: matrices`, this.matrices, `${spec.projected.matrix} alone`);
    }
    const kinds = Object.values(spec.gates);
    const of = (...wanted: Gate[]): number[] =>
      [...kinds.keys()].filter((gate) => wanted.includes(kinds[gate]));

    this.recurrentGates = of("sum", "split", "fed");
    this.rows = {
      W: [...of("split", "fed", "input"), ...of("sum")],
      R: [...of("sum"), ...of("split"), ...of("fed")],
    };
    this.firstRecurrent = this.rows.W.length - of("sum").length;
    this.#traced = trace(spec, this.rows, noise);
    this.masks = this.#traced.masks;
    this.isNarrow = narrowness(this.projected, this.#traced.slots);
    this.slots = this.#traced.slots.length;
    this.fed = this.#traced.fed;
    this.products = this.#traced.products;
  }

  /** The same cell disturbed, or in the mean of it: other steps, the same weights. */
  noisy(noise: Noise): CellGraph<S> {
    if (noise.recurrentDropout === 0 && Object.values(noise.zoneout).every((p) => p === 0)) return this;
    const key = JSON.stringify(noise);
    const known = this.#noisy.get(key) ?? new CellGraph(this.#spec, noise);
    this.#noisy.set(key, known);
    return known;
  }

  /**
   * Phases of the step forward. `keep`: whether what the step backward needs is stored. `fused`: W x is a product of
   * the step too, not what pre-activations hold.
   */
  forward(keep: boolean, fused = false): Program {
    const roots: Store[] = this.#traced.next.map((value, index) => ({ value, to: { in: "after", index } }));
    const reached = new Set(inOrder(this.#traced.next));
    for (const [value, index] of this.#traced.saved) {
      const wanted = keep || this.#traced.homes.has(value);
      if (wanted && reached.has(value)) roots.push({ value, to: { in: "a", index } });
    }
    for (const [value, index] of keep ? this.#traced.copies : []) {
      roots.push({ value, to: { in: "a", index } });
    }
    const { homes } = this.#traced;
    return program({ ...(fused ? this.#withInput(roots) : { roots, homes }), carried: 0, late: true });
  }

  /** The same with products in place of what W feeds. Those that an exchange is fed with get their place. */
  #withInput(roots: readonly Store[]): Pick<Graph, "roots" | "homes"> {
    const x = leaf({ in: "x", index: 0 });
    const products = this.rows.W.map((_, index) => {
      const matrices = [{ block: "W", index }] as const;
      return new Expr("product", [x], { product: { matrices, transposed: false, bias: true } });
    });
    const visit = rewrite(new Map(products.map((product, slot) => [this.#traced.slots[slot], product])));
    const fed = inOrder(roots.map(({ value }) => visit(value))).flatMap((e) => (isExchange(e) ? e.args : []));
    const own = [...products.entries()].filter(([, product]) => fed.includes(product));
    const homes = [...this.#traced.homes].map(([e, place]) => [visit(e), place] as const);
    const places = own.map(([index, product]) => [product, { in: "a", index } as Place] as const);
    return {
      roots: [
        ...roots.map((root) => ({ ...root, value: visit(root.value) })),
        ...places.map(([value, to]) => ({ value, to })),
      ],
      homes: new Map([...homes, ...places]),
    };
  }

  /**
   * Phases of the step backward. dy: whether the output has a gradient of its own. norms: whether the
   * gradient of every state is noted. bounded: whether a state's gradient is clipped or cut as it comes from the
   * next step. Carried: the gradient of each state, then of each parameter.
   */
  backward({ dy, norms, bounded }: { dy: boolean; norms: boolean; bounded: boolean }): Program {
    const carried = (index: number): Place => ({ in: "carry", index });
    const later = this.states.map((_, s) => (bounded ? within(leaf(carried(s))) : leaf(carried(s))));
    const totals = later.map((e, s) => (dy && s === 0 ? leaf({ in: "dy", index: 0 }).add(e) : e));
    const { next } = this.#traced;
    const gradient = adjoints(next.map((e, s) => [e, totals[s]] as const));

    const S = this.states.length;
    const roots: Store[] = [
      ...this.#traced.slots.map((e, index): Store => ({ value: gradient(e), to: { in: "a", index } })),
      ...this.states.map(
        (_, s): Store => ({ value: gradient(this.#leaf({ in: "before", index: s })), to: carried(s) }),
      ),
      ...this.parameters.map(
        (_, p): Store => ({
          value: gradient(this.#leaf({ in: "p", index: p })),
          to: carried(S + p),
          add: true,
        }),
      ),
      ...(norms ? next.map((e, index): Store => ({ value: gradient(e), to: { in: "ds", index } })) : []),
    ];
    const loaded = new Map([...this.#traced.saved].map(([e, index]) => [e, leaf({ in: "a", index })]));
    const visit = rewrite(loaded);
    // A slot that holds what a product was fed with is no gradient: it stays as it is.
    const wanted = roots.filter(({ to }) => !(to.in === "a" && this.#traced.kept.has(to.index)));
    const unique = wanted.map((r) => ({ ...r, value: visit(r.value) }));
    const homes = new Map<Expr, Place>();
    for (const { value, to } of unique) if (to.in === "a" && !homes.has(value)) homes.set(value, to);
    return program({ roots: unique, homes, carried: S + this.parameters.length, late: false });
  }

  /** The leaf of a place, as the graph has it. */
  #leaf(place: Place): Expr {
    const found = inOrder(this.#traced.next).find(
      (e) => e.place?.in === place.in && e.place.index === place.index,
    );
    return found ?? leaf(place);
  }
}

/** A state's gradient as it goes from a step to the one before: clipped element by element, or cut off. */
function within(gradient: Expr): Expr {
  const bound = leaf({ in: "bound", index: 0 });
  const clipped = apply("max", apply("min", gradient, bound), bound.neg());
  return clipped.mul(leaf({ in: "cut", index: 0 }));
}

/**
 * Defines a cell by its equations: `step` is called once, with symbols. From it come the step forward and
 * backward on every backend.
 *
 * @throws ShapeError if a state is missing in the result, a matrix is not declared, or a gate is misused.
 */
export function defineCell<
  const G extends { readonly [gate: string]: Gate },
  const S extends string,
  const P extends string = never,
  const M extends string = never,
>(spec: CellSpec<G, S, P, M>): Cell<S> {
  return new CellGraph<S>(spec as unknown as AnySpec<S>); // which names there are is known to its types alone
}

const variants = new Map<string, Cell>();

/**
 * A cell with options: those that mean the same have one name, and give one cell and so the same kernels.
 * notes: what is not as usual, "clip 1"; false where it is.
 */
export function variant<S extends string>(
  base: string,
  notes: readonly (string | false | undefined)[],
  describe: (name: string) => AnySpec<S>,
): Cell<S> {
  const name = [base, ...notes.filter(Boolean)].join(", ");
  const made = variants.get(name) ?? new CellGraph<S>(describe(name));
  variants.set(name, made);
  return made as Cell<S>; // only cells of these states have the name
}

/** The inside of a cell that defineCell made. */
export function graphOf<S extends string>(cell: Cell<S>): CellGraph<S> {
  if (cell instanceof CellGraph) return cell;
  throw wrong("recurrent: the cell", cell, "one of rnn, lstm, gru or made by defineCell");
}
