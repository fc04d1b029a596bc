// A phase of a cell on the CPU, floor 2: the same exchanges and the same arithmetic as the printed text, with
// the operations of `ops`, each over all units of as many sequences as stay in the cache.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Phase } from "../cells/program.js";
import { Evaluation, spread } from "./evaluate.js";
import type { Run } from "./kernel.js";
import type { Ops } from "./ops.js";
import { rowsAtOnce } from "./rows.js";
import { drawn } from "./step_drawn.js";
import { ExchangesOnCpu } from "./step_exchanges.js";
import { isDrawn, type Part } from "./step_part.js";
import { type Addresses, addressOf, apartOf, type Moment, type Sizes } from "./step_places.js";

export class PhaseOnCpu {
  readonly exchanges: ExchangesOnCpu;
  /** The arithmetic of H units, and that of a projected output's P. */
  readonly #units: readonly UnitsOnCpu[];

  constructor(phase: Phase, part: Part) {
    const { cell } = part;
    this.exchanges = new ExchangesOnCpu(phase, part);
    this.#units = [false, true].flatMap((isNarrow) => {
      const stores = phase.stores.filter(({ value }) => cell.isNarrow(value) === isNarrow);
      // with what is of neither kind, such as what is drawn
      const needed = new Set(stores.map(({ value }) => value));
      for (const e of [...phase.arithmetic].reverse())
        if (needed.has(e)) for (const a of e.args) needed.add(a);
      const arithmetic = phase.arithmetic.filter((e) => needed.has(e));
      const used = new Set([...arithmetic.flatMap((e) => e.args), ...stores.map(({ value }) => value)]);
      const loads = phase.loads.filter(({ value }) => used.has(value));
      const of: Phase = { exchanges: phase.exchanges, loads, arithmetic, stores };
      return stores.length > 0 ? [new UnitsOnCpu(of, cell, isNarrow)] : [];
    });
  }

  /** Elements of scratch memory: the exchanges' results, and registers. */
  size(p: Sizes): number {
    return this.exchanges.size(p) + Math.max(0, ...this.#units.map((units) => units.size(p)));
  }

  /** The phase of a step for `count` sequences from b on, its exchanges included. */
  run(ops: Ops, at: Addresses, p: Sizes, run: Run, moment: Moment, b: number, count: number): void {
    this.exchanges.run(ops, at, p, moment, b, count);
    this.arithmetic(ops, at, p, run, moment, b, count);
  }

  /** What follows from the exchanges' results. */
  arithmetic(ops: Ops, at: Addresses, p: Sizes, run: Run, moment: Moment, b: number, count: number): void {
    for (let n = 0; n < this.#units.length; n++) {
      this.#units[n].run(ops, at, p, run, moment, b, count, at.scratch + this.exchanges.size(p));
    }
  }
}

/** A store, with the number of its value. */
interface Store {
  readonly value: number;
  readonly to: Place;
  readonly add?: boolean;
}

/** The arithmetic of a phase over units of one kind. */
class UnitsOnCpu {
  readonly #cell: CellGraph;
  readonly #isNarrow: boolean;
  readonly #evaluation: Evaluation;
  /** Numbers of what the exchanges give. */
  readonly #given: readonly number[];
  /** Values that do not lie in memory: 1 / H, and what is drawn. */
  readonly #made: readonly { readonly value: number; readonly place: Place }[];
  /** Values that lie in memory: loads, and results that can be computed where they are stored. */
  readonly #placed: readonly { readonly value: number; readonly place: Place }[];
  /** Loads that are stored as they are: an earlier store could overwrite them where they lie. */
  readonly #moved: readonly number[];
  /** All other stores. */
  readonly #stores: readonly Store[];

  constructor(phase: Phase, cell: CellGraph, isNarrow: boolean) {
    this.#cell = cell;
    this.#isNarrow = isNarrow;
    const evaluation = new Evaluation(
      [...phase.exchanges.map((e) => e.value), ...phase.loads.map((l) => l.value)],
      phase.arithmetic,
      phase.stores.map((s) => s.value),
    );
    this.#evaluation = evaluation;
    this.#given = phase.exchanges.map((e) => evaluation.number(e.value));
    const loads = phase.loads.map(({ value, from }) => ({ value: evaluation.number(value), place: from }));
    const stores = phase.stores.map((store) => ({ ...store, value: evaluation.number(store.value) }));
    const isDirect = phase.stores.map((_, s) => isComputedInPlace(phase, s));
    const isMade = ({ place }: { place: Place }): boolean => place.in === "units" || isDrawn(place);
    this.#made = loads.filter(isMade);
    this.#placed = [
      ...loads.filter((load) => !isMade(load)),
      ...stores.filter((_, s) => isDirect[s]).map(({ value, to }) => ({ value, place: to })),
    ];
    this.#moved = loads.map(({ value }) => value).filter((value) => stores.some((s) => s.value === value));
    this.#stores = stores.filter((_, s) => !isDirect[s]);
  }

  /** Units of a sequence. */
  #width({ H, P }: Sizes): number {
    return this.#isNarrow ? P : H;
  }

  /** Elements of scratch memory. */
  size(p: Sizes): number {
    const n = this.#width(p);
    const rows = Math.min(p.B, rowsAtOnce(n));
    const more = this.#made.length + this.#moved.length;
    return this.#evaluation.size(rows, n) + more * rows * n;
  }

  /** given: where scratch memory is; the exchanges' results lie at the beginning of all of it. */
  run(
    ops: Ops,
    at: Addresses,
    p: Sizes,
    run: Run,
    moment: Moment,
    first: number,
    count: number,
    scratch: number,
  ): void {
    const { H, B } = p;
    const n = this.#width(p);
    const exchanges = this.#given.length;
    const evaluation = this.#evaluation;
    const atOnce = Math.min(B, rowsAtOnce(n));
    evaluation.prepare(ops, scratch, atOnce, n);
    const registers = scratch + evaluation.size(atOnce, n);
    for (let done = 0; done < count; done += atOnce) {
      const rows = Math.min(atOnce, count - done);
      const b = first + done;
      for (let x = 0; x < exchanges; x++) {
        evaluation.lay(this.#given[x], at.scratch + (done * exchanges + x) * H, exchanges * H);
      }
      let spare = registers;
      for (let k = 0; k < this.#made.length; k++) {
        const { value, place } = this.#made[k];
        if (place.in === "units") {
          ops.floats[spare] = 1 / H;
          spread(ops, spare, n);
          evaluation.lay(value, spare, 0);
        } else {
          for (let i = 0; i < rows; i++)
            drawn(ops, spare + i * n, n, place, this.#cell, at, p, run, moment, b + i);
          evaluation.lay(value, spare, n);
        }
        spare += rows * n;
      }
      for (let k = 0; k < this.#placed.length; k++) {
        const { value, place } = this.#placed[k];
        evaluation.lay(value, addressOf(place, this.#cell, at, p, moment, b), apartOf(place, this.#cell, p));
      }
      evaluation.run(ops, rows, n);
      for (let k = 0; k < this.#moved.length; k++) {
        const value = this.#moved[k];
        ops.copy(spare, evaluation.at(value), n, rows, n, evaluation.apart(value));
        evaluation.lay(value, spare, n);
        spare += rows * n;
      }
      for (let k = 0; k < this.#stores.length; k++) {
        const { value, to, add } = this.#stores[k];
        const from = evaluation.at(value);
        const apart = evaluation.apart(value);
        const place = addressOf(to, this.#cell, at, p, moment, b);
        const row = apartOf(to, this.#cell, p);
        if (add) ops.add(place, place, from, n, rows, row, row, apart);
        else ops.copy(place, from, n, rows, row, apart);
      }
    }
  }
}

/**
 * Whether the s-th store is of a result that may be written while the phase still computes: nothing else is
 * stored there, and what is loaded from there is not used any more. (Operations may write where they read,
 * element by element.)
 */
function isComputedInPlace({ loads, arithmetic, stores }: Phase, s: number): boolean {
  const { value, to, add } = stores[s];
  const isThere = (place: Place): boolean => place.in === to.in && place.index === to.index;
  const isFirst = stores.findIndex((other) => other.value === value) === s;
  const isAlone = stores.filter((other) => isThere(other.to)).length === 1;
  const made = arithmetic.indexOf(value);
  const later = [...arithmetic.slice(made + 1).flatMap((e) => e.args), ...stores.map((other) => other.value)];
  const isRead = loads.some((load) => isThere(load.from) && later.includes(load.value));
  return !add && made >= 0 && isFirst && isAlone && !isRead;
}
