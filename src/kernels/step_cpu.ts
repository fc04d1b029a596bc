// A phase of a cell on the CPU, floor 2: the same exchanges and the same arithmetic as the printed text, with
// the operations of `ops`. Products run over all sequences at once, the arithmetic sequence by sequence over
// the vector of its units.

import type { CellGraph } from "../cells/cell.js";
import type { Matrix, Place } from "../cells/expr.js";
import type { Phase } from "../cells/program.js";
import { Evaluation, spread } from "./evaluate.js";
import type { HeldMatrix, Values } from "./kernel.js";
import { type Ops, panelSize } from "./ops.js";
import { loopsOf, type Part } from "./step_text.js";

export type Addresses = Readonly<Record<string, number>>;
type Sizes = Values<"T" | "B" | "H" | "D" | "R" | "M" | "bias" | "p">;

/**
 * Products that are one call: exchanges side by side fed with the same, or terms of one exchange side by
 * side.
 */
interface Call {
  readonly fed: Place;
  readonly exchange: number;
  readonly matrix: Matrix | undefined;
  /** Blocks of H side by side in N (exchanges) and in K (terms). */
  n: number;
  k: number;
}

/** A store, with the number of its value. */
interface Store {
  readonly value: number;
  readonly to: Place;
  readonly add?: boolean;
}

/** Units at a time: their registers stay in the cache. */
const unitsAtOnce = 8192;
const rowsAtOnce = (H: number): number => Math.max(1, Math.floor(unitsAtOnce / H));

export class PhaseOnCpu {
  readonly #phase: Phase;
  readonly #cell: CellGraph;
  readonly #backward: boolean;
  readonly #bias: boolean;
  readonly #calls: readonly Call[];
  readonly #evaluation: Evaluation;
  /** Where 1 / H is asked for. */
  readonly #units: number | undefined;
  /** Loads with the numbers of their values. */
  readonly #loads: readonly { readonly value: number; readonly from: Place }[];
  /** Loads that are stored as they are: an earlier store could overwrite them where they lie. */
  readonly #moved: readonly number[];
  /** Stores of results that can be computed where they go, and all others. */
  readonly #direct: readonly Store[];
  readonly #stores: readonly Store[];

  constructor(phase: Phase, { cell, backward, bias }: Part) {
    this.#phase = phase;
    this.#cell = cell;
    this.#backward = backward;
    this.#bias = bias;
    this.#calls = callsOf(phase, backward);
    const evaluation = new Evaluation(
      [...phase.exchanges.map((e) => e.value), ...phase.loads.map((l) => l.value)],
      phase.arithmetic,
      phase.stores.map((s) => s.value),
    );
    this.#evaluation = evaluation;
    const numbered = phase.loads.map(({ value, from }) => ({ value: evaluation.number(value), from }));
    this.#units = numbered.find(({ from }) => from.in === "units")?.value;
    this.#loads = numbered.filter(({ from }) => from.in !== "units");
    const stored = new Set(phase.stores.map((s) => evaluation.number(s.value)));
    this.#moved = numbered.map(({ value }) => value).filter((value) => stored.has(value));
    const direct = directStores(phase);
    const numbers = (s: Phase["stores"][number]): Store => ({ ...s, value: evaluation.number(s.value) });
    this.#direct = direct.map(numbers);
    this.#stores = phase.stores.filter((s) => !direct.includes(s)).map(numbers);
  }

  /** Elements of scratch memory: the exchanges' results, and registers. */
  size({ B, H }: Sizes): number {
    const rows = Math.min(B, rowsAtOnce(H));
    const registers = this.#evaluation.size(rows, H) + H + this.#moved.length * rows * H;
    return this.#results(B, H) + registers;
  }

  #results(B: number, H: number): number {
    return B * H * this.#phase.exchanges.length;
  }

  /** The matrices of all exchanges, direction by direction. */
  held(p: Sizes): HeldMatrix[] {
    const { H, D } = p;
    const rows = this.#cell.rows.R.length;
    const isForward = !this.#backward;
    const binding = isForward ? "packed" : "weights";
    return Array.from({ length: D }, (_, d) => d).flatMap((d) =>
      this.#calls.flatMap(({ matrix, n, k }) => {
        if (!matrix) return [];
        const isR = matrix.block === "R";
        const from = isR
          ? p.R + d * rows * H * H + matrix.index * (isForward ? H : H * H)
          : p.M + (matrix.index * D + d) * H * H;
        return [{ binding, from, k: isR && isForward ? rows * H : H, n: 1, K: k * H, N: n * H }];
      }),
    );
  }

  /** The exchanges of step t for all sequences, into scratch: [B, exchanges, H]. */
  exchange(ops: Ops, at: Addresses, p: Sizes, t: number, d: number, isReversed: boolean): void {
    const { B, H } = p;
    const X = this.#phase.exchanges.length;
    const results = at.scratch;
    for (let x = 0; x < X; x++) {
      const product = this.#phase.exchanges[x].product;
      if (!product) continue;
      const to = results + x * H;
      if (this.#bias && product.bias) {
        const rows = this.#cell.rows.R.length;
        const from = at.weights + p.bias + (d * rows + product.matrices[0].index) * H;
        ops.copy(to, from, H, B, X * H, 0);
      } else {
        ops.fill(to, 0, H, B, X * H);
      }
    }
    let panels = at.held + d * this.#heldSize(H);
    for (const { fed, exchange, matrix, n, k } of this.#calls) {
      const from = this.#address(fed, at, p, t, 0, d, isReversed);
      const apart = this.#apart(fed, p);
      const to = results + exchange * H;
      if (matrix) {
        ops.product(B, n * H, k * H, from, apart, 1, panels, to, X * H);
        panels += panelSize(k * H, n * H);
      } else {
        ops.sum(to, from, H, B, X * H, apart);
        for (let b = 0; b < B; b++) ops.copy(to + b * X * H, to + b * X * H, 1, H, 1, 0);
      }
    }
  }

  /** The panels of one direction. */
  #heldSize(H: number): number {
    let size = 0;
    for (const { matrix, n, k } of this.#calls) if (matrix) size += panelSize(k * H, n * H);
    return size;
  }

  /** The phase's arithmetic for every sequence of step t. */
  run(ops: Ops, at: Addresses, p: Sizes, t: number, d: number, isReversed: boolean): void {
    const { H, B } = p;
    const { exchanges } = this.#phase;
    const evaluation = this.#evaluation;
    const atOnce = Math.min(B, rowsAtOnce(H));
    const registers = at.scratch + this.#results(B, H);
    evaluation.prepare(ops, registers, atOnce, H);
    const units = registers + evaluation.size(atOnce, H);
    if (this.#units !== undefined) {
      evaluation.lay(this.#units, units, 0);
      spread(ops, units, 1 / H, H);
    }
    for (let b = 0; b < B; b += atOnce) {
      const rows = Math.min(atOnce, B - b);
      for (let x = 0; x < exchanges.length; x++) {
        const value = evaluation.number(exchanges[x].value);
        evaluation.lay(value, at.scratch + (b * exchanges.length + x) * H, exchanges.length * H);
      }
      for (const { value, from } of this.#loads) {
        evaluation.lay(value, this.#address(from, at, p, t, b, d, isReversed), this.#apart(from, p));
      }
      for (const { value, to } of this.#direct) {
        evaluation.lay(value, this.#address(to, at, p, t, b, d, isReversed), this.#apart(to, p));
      }
      evaluation.run(ops, rows, H);
      let spare = units + H;
      for (const value of this.#moved) {
        ops.copy(spare, evaluation.at(value), H, rows, H, evaluation.apart(value));
        evaluation.lay(value, spare, H);
        spare += rows * H;
      }
      for (const { value, to, add } of this.#stores) {
        const from = evaluation.at(value);
        const apart = evaluation.apart(value);
        const place = this.#address(to, at, p, t, b, d, isReversed);
        const row = this.#apart(to, p);
        if (add) ops.add(place, place, from, H, rows, row, row, apart);
        else ops.copy(place, from, H, rows, row, apart);
      }
    }
  }

  /** How far a sequence's numbers lie from those of the sequence before. */
  #apart(place: Place, { H, D }: Sizes): number {
    if (place.in === "a") return D * this.#cell.slots * H;
    if (place.in === "ds") return H;
    return place.in === "p" ? 0 : D * H;
  }

  #address(
    place: Place,
    at: Addresses,
    { T, B, H, D, p }: Sizes,
    t: number,
    b: number,
    d: number,
    isReversed: boolean,
  ): number {
    const { index } = place;
    switch (place.in) {
      case "a":
        return at.a + (((t * B + b) * D + d) * this.#cell.slots + index) * H;
      case "before":
        return at[stateNames[index]] + (((isReversed ? t + 2 : t) * B + b) * D + d) * H;
      case "after":
        return at[stateNames[index]] + (((t + 1) * B + b) * D + d) * H;
      case "carry":
        return at.carry + ((index * B + b) * D + d) * H;
      case "ds":
        return at.ds + (((index * D + d) * T + t) * B + b) * H;
      case "p":
        return at.weights + p + (index * D + d) * H;
      default:
        return at.dy + ((t * B + b) * D + d) * H;
    }
  }
}

/** s0, s1, …: made once, so that a step makes no string. A device binds far fewer states. */
const stateNames = Array.from({ length: 64 }, (_, s) => `s${s}`);

/**
 * Stores of results that may be written while the phase still computes: nothing else is stored there, and what
 * is loaded from there is not used any more. (Operations may write where they read, element by element.)
 */
function directStores({ loads, arithmetic, stores }: Phase): Phase["stores"] {
  const isSame = (a: Place, b: Place): boolean => a.in === b.in && a.index === b.index;
  return stores.filter(({ value, to, add }, s) => {
    const made = arithmetic.indexOf(value);
    if (add || made < 0 || stores.findIndex((other) => other.value === value) < s) return false;
    if (stores.some((other, o) => o !== s && isSame(other.to, to))) return false;
    const later = arithmetic.slice(made + 1);
    return loads.every(
      (l) =>
        !isSame(l.from, to) ||
        !(later.some((e) => e.args.includes(l.value)) || stores.some((other) => other.value === l.value)),
    );
  });
}

function callsOf(phase: Phase, backward: boolean): Call[] {
  const calls: Call[] = [];
  for (const { fed, sums } of loopsOf(phase.exchanges)) {
    for (const { exchange, matrix } of sums) {
      const last = calls.at(-1);
      const goesOn = last?.matrix?.block === "R" && matrix?.block === "R" && last.fed.in === fed.in;
      if (goesOn && !backward && isBeside(last, fed, exchange, matrix)) last.n += 1;
      else if (goesOn && backward && isBelow(last, fed, exchange, matrix)) last.k += 1;
      else calls.push({ fed, exchange, matrix, n: 1, k: 1 });
    }
  }
  return calls;
}

/** Forward: the next rows of R, fed with the same, give the next exchange. */
function isBeside(last: Call, fed: Place, exchange: number, { index }: Matrix): boolean {
  const isNextRow = index === (last.matrix?.index ?? 0) + last.n;
  return isNextRow && fed.index === last.fed.index && exchange === last.exchange + last.n;
}

/** Backward: the next rows of R, fed from the next slot, add to the same exchange. */
function isBelow(last: Call, fed: Place, exchange: number, { index }: Matrix): boolean {
  const isNextRow = index === (last.matrix?.index ?? 0) + last.k;
  return isNextRow && fed.in === "a" && fed.index === last.fed.index + last.k && exchange === last.exchange;
}
