// A phase of a cell on the CPU, floor 2: the same exchanges and the same arithmetic as the printed text, with
// the operations of `ops`. Products run over all sequences at once, the arithmetic sequence by sequence over
// the vector of its units.

import type { CellGraph } from "../cells/cell.js";
import type { Matrix, Place } from "../cells/expr.js";
import type { Phase } from "../cells/program.js";
import { Evaluation } from "./evaluate.js";
import type { Values } from "./kernel.js";
import type { Ops } from "./ops.js";
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

export class PhaseOnCpu {
  readonly #phase: Phase;
  readonly #cell: CellGraph;
  readonly #backward: boolean;
  readonly #bias: boolean;
  readonly #calls: readonly Call[];
  readonly #evaluation: Evaluation;
  /** Loads that are stored as they are: an earlier store could overwrite them where they lie. */
  readonly #moved: Phase["loads"];

  constructor(phase: Phase, { cell, backward, bias }: Part) {
    this.#phase = phase;
    this.#cell = cell;
    this.#backward = backward;
    this.#bias = bias;
    this.#calls = callsOf(phase, backward);
    this.#evaluation = new Evaluation(
      [...phase.exchanges.map((e) => e.value), ...phase.loads.map((l) => l.value)],
      phase.arithmetic,
      phase.stores.map((s) => s.value),
    );
    const stored = new Set(phase.stores.map((s) => s.value));
    this.#moved = phase.loads.filter((l) => stored.has(l.value));
  }

  /**
   * Vectors of H elements of scratch memory: the evaluation's, one that holds 1 / H, and one for each load
   * that is moved.
   */
  get vectors(): number {
    return this.#evaluation.vectors + 1 + this.#moved.length;
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
        ops.copy(to, X * H, from, 0, B, H);
      } else {
        for (let b = 0; b < B; b++) ops.fill(to + b * X * H, 0, H);
      }
    }
    for (const { fed, exchange, matrix, n, k } of this.#calls) {
      const from = this.#address(fed, at, p, t, 0, d, isReversed);
      const apart = this.#address(fed, at, p, t, 1, d, isReversed) - from;
      const to = results + exchange * H;
      if (matrix) {
        const rows = this.#cell.rows.R.length;
        const { index, block } = matrix;
        const isR = block === "R";
        const start = isR
          ? p.R + d * rows * H * H + index * (this.#backward ? H * H : H)
          : p.M + (index * p.D + d) * H * H;
        const weights = (this.#backward ? at.weights : at.packed) + start;
        const b_k = isR && !this.#backward ? rows * H : H;
        ops.product(B, n * H, k * H, from, apart, 1, weights, b_k, 1, to, X * H);
      } else {
        for (let b = 0; b < B; b++) ops.fill(to + b * X * H, ops.sum(from + b * apart, H), H);
      }
    }
  }

  /** The phase's arithmetic for every sequence of step t. */
  run(ops: Ops, at: Addresses, p: Sizes, t: number, d: number, isReversed: boolean, registers: number): void {
    const { H, B } = p;
    const { exchanges, loads, stores } = this.#phase;
    const evaluation = this.#evaluation;
    const values = evaluation.at;
    evaluation.prepare(ops, registers, H);
    const units = registers + evaluation.vectors * H;
    ops.fill(units, 1 / H, H);
    for (let b = 0; b < B; b++) {
      for (let x = 0; x < exchanges.length; x++) {
        values[evaluation.number(exchanges[x].value)] = at.scratch + (b * exchanges.length + x) * H;
      }
      for (const { value, from } of loads) {
        values[evaluation.number(value)] =
          from.in === "units" ? units : this.#address(from, at, p, t, b, d, isReversed);
      }
      evaluation.run(ops, H);
      let spare = units;
      for (const { value } of this.#moved) {
        spare += H;
        ops.copy(spare, H, values[evaluation.number(value)], H, 1, H);
        values[evaluation.number(value)] = spare;
      }
      for (const { value, to, add } of stores) {
        const from = values[evaluation.number(value)];
        const place = this.#address(to, at, p, t, b, d, isReversed);
        if (add) ops.axpy(place, 1, from, H);
        else ops.copy(place, H, from, H, 1, H);
      }
    }
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
