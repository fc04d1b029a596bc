// A phase of a cell on the CPU, floor 2: the same exchanges and the same arithmetic as the printed text, with
// the operations of `ops`, each over all units of as many sequences as stay in the cache.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Phase } from "../cells/program.js";
import { Evaluation, spread } from "./evaluate.js";
import type { Ops } from "./ops.js";
import { rowsAtOnce } from "./rows.js";
import { ExchangesOnCpu } from "./step_exchanges.js";
import { type Addresses, addressOf, apartOf, type Sizes } from "./step_places.js";
import type { Part } from "./step_text.js";

/** A store, with the number of its value. */
interface Store {
  readonly value: number;
  readonly to: Place;
  readonly add?: boolean;
}

export class PhaseOnCpu {
  readonly #cell: CellGraph;
  readonly exchanges: ExchangesOnCpu;
  readonly #evaluation: Evaluation;
  /** Numbers of what the exchanges give. */
  readonly #given: readonly number[];
  /** Where 1 / H is asked for. */
  readonly #units: number | undefined;
  /** Values that lie in memory: loads, and results that can be computed where they are stored. */
  readonly #placed: readonly { readonly value: number; readonly place: Place }[];
  /** Loads that are stored as they are: an earlier store could overwrite them where they lie. */
  readonly #moved: readonly number[];
  /** All other stores. */
  readonly #stores: readonly Store[];

  constructor(phase: Phase, part: Part) {
    this.#cell = part.cell;
    this.exchanges = new ExchangesOnCpu(phase, part);
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
    this.#units = loads.find(({ place }) => place.in === "units")?.value;
    this.#placed = [
      ...loads.filter(({ place }) => place.in !== "units"),
      ...stores.filter((_, s) => isDirect[s]).map(({ value, to }) => ({ value, place: to })),
    ];
    this.#moved = loads.map(({ value }) => value).filter((value) => stores.some((s) => s.value === value));
    this.#stores = stores.filter((_, s) => !isDirect[s]);
  }

  /** Elements of scratch memory: the exchanges' results, and registers. */
  size(p: Sizes): number {
    const { B, H } = p;
    const rows = Math.min(B, rowsAtOnce(H));
    const registers = this.#evaluation.size(rows, H) + H + this.#moved.length * rows * H;
    return this.exchanges.size(p) + registers;
  }

  /** The phase's arithmetic for every sequence of step t. */
  run(ops: Ops, at: Addresses, p: Sizes, t: number, d: number, isReversed: boolean): void {
    const { H, B } = p;
    const exchanges = this.#given.length;
    const evaluation = this.#evaluation;
    const atOnce = Math.min(B, rowsAtOnce(H));
    const registers = at.scratch + this.exchanges.size(p);
    evaluation.prepare(ops, registers, atOnce, H);
    const units = registers + evaluation.size(atOnce, H);
    if (this.#units !== undefined) {
      evaluation.lay(this.#units, units, 0);
      ops.floats[units] = 1 / H;
      spread(ops, units, H);
    }
    for (let b = 0; b < B; b += atOnce) {
      const rows = Math.min(atOnce, B - b);
      for (let x = 0; x < exchanges; x++) {
        evaluation.lay(this.#given[x], at.scratch + (b * exchanges + x) * H, exchanges * H);
      }
      for (let n = 0; n < this.#placed.length; n++) {
        const { value, place } = this.#placed[n];
        const from = addressOf(place, this.#cell, at, p, t, b, d, isReversed);
        evaluation.lay(value, from, apartOf(place, this.#cell, p));
      }
      evaluation.run(ops, rows, H);
      let spare = units + H;
      for (let n = 0; n < this.#moved.length; n++) {
        const value = this.#moved[n];
        ops.copy(spare, evaluation.at(value), H, rows, H, evaluation.apart(value));
        evaluation.lay(value, spare, H);
        spare += rows * H;
      }
      for (let n = 0; n < this.#stores.length; n++) {
        const { value, to, add } = this.#stores[n];
        const from = evaluation.at(value);
        const apart = evaluation.apart(value);
        const place = addressOf(to, this.#cell, at, p, t, b, d, isReversed);
        const row = apartOf(to, this.#cell, p);
        if (add) ops.add(place, place, from, H, rows, row, row, apart);
        else ops.copy(place, from, H, rows, row, apart);
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
