// A recurrent cell, floor 1: gates, states and one pure step function of the scalars of one unit. From it come the programs of the
// step forward and of the step backward, the layout of the pre-activations, and the order of the weights' rows.

import { ShapeError } from "../errors.js";
import { adjoints } from "./derivative.js";
import { constant, Expr, expr, inOrder, isExchange, leaf, type Place, rewrite } from "./expr.js";
import { type Program, program, type Store } from "./program.js";

/** sum: W x + R h + b. split: its two halves apart. fed: W x, and R's rows times what the cell says. input: W x + b alone. */
export type Gate = "sum" | "split" | "fed" | "input";

/** What a step gets of its gates. */
export type Pre<G> = {
  readonly [K in keyof G]: G[K] extends "split"
    ? { readonly x: Expr; readonly h: Expr }
    : G[K] extends "fed"
      ? { readonly x: Expr; h(fed: Expr): Expr }
      : Expr;
};

/** What the units of a layer exchange within a step: sums over them, products with further [H, H] matrices. */
export interface Across<M extends string = string> {
  /** The sum over the layer's units, the same for all of them. */
  sum(x: Expr): Expr;
  mean(x: Expr): Expr;
  /** matrix · x, a product over the units. */
  product(matrix: M, x: Expr): Expr;
}

export interface CellSpec<
  G extends { readonly [gate: string]: Gate },
  S extends string,
  P extends string,
  M extends string,
> {
  readonly name: string;
  /** In the order of the weights' rows. */
  readonly gates: G;
  /** The first is the output, and what R is multiplied with. */
  readonly state: readonly S[];
  /** One number a unit, learned. */
  readonly parameters?: readonly P[];
  /** Further square matrices, learned. */
  readonly matrices?: readonly M[];
  step(
    gates: Pre<G>,
    state: { readonly [K in S]: Expr },
    parameters: { readonly [K in P]: Expr },
    across: Across<M>,
  ): { readonly [K in S]: Expr };
}

/** The public face: opaque but for its name. */
export interface Cell<S extends string = string> {
  readonly name: string;
  readonly "~state"?: S;
}

/** Which of the gates, by number, the rows of a weight belong to, in the order in which they lie in memory. */
export interface Rows {
  readonly W: readonly number[];
  readonly R: readonly number[];
}

/**
 * A cell as the kernels and layers know it. Slots of the pre-activations lie in the order input-only | shared | recurrent-only | further:
 * those that W feeds are one block, those that R feeds are one block.
 */
export class CellGraph<S extends string = string> implements Cell<S> {
  readonly name: string;
  declare readonly "~state"?: S;
  readonly gates: readonly string[];
  /** R's part of a gate, by number, in PyTorch's order of rows: all gates but "input" ones. */
  readonly recurrentGates: readonly number[];
  readonly states: readonly S[];
  readonly parameters: readonly string[];
  readonly matrices: readonly string[];
  readonly rows: Rows;
  /** Slots of the pre-activations: all, the first that R feeds. */
  readonly slots: number;
  readonly firstRecurrent: number;
  /** What R's rows are multiplied with, if not the output, by row: the slot where it lies. */
  readonly fed: ReadonlyMap<number, Place>;
  /** The products with further matrices: which, fed from where, gradient of the result in which slot. */
  readonly products: readonly { readonly matrix: number; readonly fed: Place; readonly slot: number }[];

  readonly #next: readonly Expr[];
  readonly #saved: ReadonlyMap<Expr, number>;
  readonly #homes: ReadonlyMap<Expr, Place>;
  readonly #slotNodes: readonly Expr[];
  readonly #programs = new Map<string, Program>();

  constructor(spec: CellSpec<{ readonly [gate: string]: Gate }, S, string, string>) {
    this.name = spec.name;
    this.states = spec.state;
    this.parameters = spec.parameters ?? [];
    this.matrices = spec.matrices ?? [];
    this.gates = Object.keys(spec.gates);
    const numbers = this.gates.map((_, k) => k);
    const kinds = Object.values(spec.gates);
    const of = (...wanted: Gate[]): number[] =>
      numbers.filter((k) => wanted.some((kind) => kind === kinds[k]));

    this.recurrentGates = of("sum", "split", "fed");
    this.rows = {
      W: [...of("split", "fed", "input"), ...of("sum")],
      R: [...of("sum"), ...of("split"), ...of("fed")],
    };
    this.firstRecurrent = this.rows.W.length - of("sum").length;

    const trace = new Trace(spec, this.rows, this.firstRecurrent);
    this.#next = trace.next;
    this.#saved = trace.saved;
    this.#homes = trace.homes;
    this.#slotNodes = trace.slotNodes;
    this.slots = trace.slotNodes.length;
    this.fed = trace.fed;
    this.products = trace.products;
  }

  /** Phases of the step forward. `keep`: whether what the step backward needs is stored. */
  forward(keep: boolean): Program {
    return this.#cached(`forward ${keep}`, () => {
      const roots: Store[] = this.#next.map((value, index) => ({ value, to: { in: "after", index } }));
      const reached = new Set(inOrder(this.#next));
      for (const [value, index] of this.#saved) {
        const wanted = keep || this.#homes.has(value);
        if (wanted && reached.has(value)) roots.push({ value, to: { in: "a", index } });
      }
      return program({ roots, homes: this.#homes, carried: 0, late: true });
    });
  }

  /**
   * Phases of the step backward. dy: whether the output has a gradient of its own. norms: whether the gradient of
   * every state is noted. Carried: the gradient of each state, then of each parameter.
   */
  backward({ dy, norms }: { dy: boolean; norms: boolean }): Program {
    return this.#cached(`backward ${dy} ${norms}`, () => {
      const carried = (index: number): Place => ({ in: "carry", index });
      const later = this.states.map((_, s) => leaf(carried(s)));
      const totals = later.map((e, s) => (dy && s === 0 ? leaf({ in: "dy", index: 0 }).add(e) : e));
      const gradient = adjoints(this.#next.map((e, s) => [e, totals[s] ?? e] as const));

      const S = this.states.length;
      const roots: Store[] = [
        ...this.#slotNodes.map((e, index): Store => ({ value: gradient(e), to: { in: "a", index } })),
        ...this.states.map((_, s): Store => ({ value: gradient(this.#before(s)), to: carried(s) })),
        ...this.parameters.map(
          (_, p): Store => ({ value: gradient(this.#parameter(p)), to: carried(S + p), add: true }),
        ),
        ...(norms ? totals.map((value, index): Store => ({ value, to: { in: "ds", index } })) : []),
      ];
      const loaded = new Map([...this.#saved].map(([e, index]) => [e, leaf({ in: "a", index })]));
      const visit = rewrite(loaded);
      const unique = roots.map((r) => ({ ...r, value: visit(r.value) }));
      const homes = new Map<Expr, Place>();
      for (const { value, to } of unique) if (to.in === "a" && !homes.has(value)) homes.set(value, to);
      // A slot that holds what a product was fed with is no gradient: it stays as it is.
      const wanted = unique.filter((r) => !(r.to.in === "a" && this.#isFed(r.to.index)));
      return program({ roots: wanted, homes, carried: S + this.parameters.length, late: false });
    });
  }

  #isFed(slot: number): boolean {
    const node = this.#slotNodes[slot];
    return node !== undefined && !isExchange(node) && slot >= this.firstRecurrent + this.rows.R.length;
  }

  #before(index: number): Expr {
    return this.#leafOf({ in: "before", index });
  }

  #parameter(index: number): Expr {
    return this.#leafOf({ in: "p", index });
  }

  #leafOf(place: Place): Expr {
    const found = inOrder(this.#next).find((e) => e.place?.in === place.in && e.place.index === place.index);
    return found ?? leaf(place);
  }

  #cached(key: string, make: () => Program): Program {
    const known = this.#programs.get(key);
    if (known) return known;
    const made = make();
    this.#programs.set(key, made);
    return made;
  }
}

/** What calling a cell's step once with symbols shows. */
class Trace {
  readonly next: readonly Expr[];
  readonly saved = new Map<Expr, number>();
  readonly homes = new Map<Expr, Place>();
  readonly slotNodes: Expr[] = [];
  readonly fed = new Map<number, Place>();
  readonly products: { matrix: number; fed: Place; slot: number }[] = [];

  constructor(
    spec: CellSpec<{ readonly [gate: string]: Gate }, string, string, string>,
    rows: Rows,
    firstRecurrent: number,
  ) {
    const where = `defineCell ${spec.name}`;
    const output = leaf({ in: "before", index: 0 });
    const state = Object.fromEntries(
      spec.state.map((name, index) => [name, index === 0 ? output : leaf({ in: "before", index })]),
    );
    const parameters = Object.fromEntries(
      (spec.parameters ?? []).map((name, index) => [name, leaf({ in: "p", index })]),
    );

    const xs = rows.W.map((_, index) => leaf({ in: "a", index }));
    this.slotNodes.push(...xs);
    const recurrent = (gate: number, fed: Expr): Expr => {
      const matrix = { block: "R", index: rows.R.indexOf(gate) } as const;
      return new Expr("product", [fed], { product: { matrices: [matrix], transposed: false, bias: true } });
    };

    const sums = new Map<Expr, number>();
    const calls = new Map<number, Expr>();
    const gates = Object.fromEntries(
      Object.entries(spec.gates).map(([name, kind], gate) => {
        const x = xs[rows.W.indexOf(gate)] ?? constant(0);
        if (kind === "input") return [name, x];
        if (kind === "split") {
          const h = recurrent(gate, output);
          calls.set(gate, h);
          return [name, { x, h }];
        }
        if (kind === "fed") {
          const h = (fed: Expr): Expr => {
            if (calls.has(gate))
              throw new ShapeError(`${where}: ${name}.h(…) is called twice; call it once.`);
            const product = recurrent(gate, expr(fed));
            calls.set(gate, product);
            return product;
          };
          return [name, { x, h }];
        }
        const a = recurrent(gate, output).add(x);
        sums.set(a, rows.W.indexOf(gate));
        return [name, a];
      }),
    );

    const sum = (x: Expr): Expr => new Expr("sum", [expr(x)]);
    const across: Across = {
      sum,
      mean: (x) => sum(x).mul(leaf({ in: "units", index: 0 })),
      product: (name, x) => {
        const index = (spec.matrices ?? []).indexOf(name);
        if (index < 0) {
          throw new ShapeError(
            `${where}: there is no matrix "${name}"; declare it, as in matrices: ["${name}"].`,
          );
        }
        const matrices = [{ block: "M", index }] as const;
        return new Expr("product", [expr(x)], { product: { matrices, transposed: false, bias: false } });
      },
    };
    const made = spec.step(gates as never, state as never, parameters as never, across);
    const raw = spec.state.map((name) => {
      const value = (made as Record<string, Expr | undefined>)[name];
      if (!value) throw new ShapeError(`${where}: step gives no "${name}"; it must give every state.`);
      return expr(value);
    });

    const visit = rewrite();
    this.next = raw.map(visit);
    const seen = new Map([...sums].map(([e, slot]) => [visit(e), slot]));
    for (const [e, slot] of seen) this.saved.set(e, slot);
    for (const gate of rows.R) {
      const call = calls.get(gate);
      const kind = Object.values(spec.gates)[gate];
      if (kind === "fed" && !call) {
        throw new ShapeError(
          `${where}: ${Object.keys(spec.gates)[gate]}.h(…) is never called; call it once.`,
        );
      }
      if (call) this.#slot(visit(call));
    }
    // xs are leaves of the first slots; slotNodes must be the very nodes of the graph.
    this.slotNodes.splice(0, xs.length, ...xs.map(visit));

    const nodes = inOrder(this.next);
    const own = new Set([...seen.keys()].flatMap((a) => a.args.filter(isExchange)));
    for (const e of nodes) {
      if (isExchange(e) && !own.has(e) && !this.saved.has(e)) this.#slot(e);
    }
    for (const fed of nodes.filter(isExchange).flatMap((e) => e.args)) this.#home(fed);
    this.#note(nodes, rows, firstRecurrent);
  }

  /** Gives a node the next slot of the pre-activations. */
  #slot(e: Expr): number {
    const slot = this.slotNodes.length;
    this.slotNodes.push(e);
    this.saved.set(e, slot);
    return slot;
  }

  /** What an exchange is fed with must lie in memory: a plain leaf does, all else gets a slot. */
  #home(fed: Expr): void {
    const place = fed.place;
    if (place && (place.in === "before" || place.in === "a")) return;
    if (this.homes.has(fed)) return;
    this.homes.set(fed, { in: "a", index: this.saved.get(fed) ?? this.#slot(fed) });
  }

  #note(nodes: readonly Expr[], rows: Rows, firstRecurrent: number): void {
    for (const e of nodes) {
      const matrix = e.product?.matrices[0];
      const fed = e.args[0];
      if (!matrix || !fed) continue;
      const place = this.homes.get(fed) ?? fed.place;
      if (!place) continue;
      if (matrix.block === "M") {
        this.products.push({ matrix: matrix.index, fed: place, slot: this.saved.get(e) ?? 0 });
      } else if (!(place.in === "before" && place.index === 0)) {
        this.fed.set(matrix.index, place);
      }
    }
    if (rows.R.length + firstRecurrent > this.slotNodes.length) {
      throw new Error("cell: a gate's recurrent half has no slot");
    }
  }
}

/**
 * Defines a cell by its equations: `step` is called once, with symbols. From it come the step forward and backward on every backend.
 *
 * @throws ShapeError if a state is missing in the result, a matrix is not declared, or a gate is misused.
 */
export function defineCell<
  const G extends { readonly [gate: string]: Gate },
  const S extends string,
  const P extends string = never,
  const M extends string = never,
>(spec: CellSpec<G, S, P, M>): Cell<S> {
  return new CellGraph<S>(spec as unknown as CellSpec<{ readonly [gate: string]: Gate }, S, string, string>);
}

/** The inside of a cell that defineCell made. */
export function graphOf<S extends string>(cell: Cell<S>): CellGraph<S> {
  if (cell instanceof CellGraph) return cell;
  throw new ShapeError(
    `recurrent: the cell is ${String(cell)}; it must be one of rnn, lstm, gru or made by defineCell.`,
  );
}
