// The exchanges of a phase on the CPU, floor 2: products and sums over the units, for all sequences at once.

import type { CellGraph } from "../cells/cell.js";
import type { Matrix, Place } from "../cells/expr.js";
import type { Phase } from "../cells/program.js";
import type { HeldMatrix } from "./kernel.js";
import { type Ops, panelSize } from "./ops.js";
import { isBiased, type Loop, loopsOf, type Part } from "./step_part.js";
import { type Addresses, addressOf, apartOf, type Moment, type Sizes } from "./step_places.js";

/**
 * Products that are one call: exchanges side by side fed with the same, or terms of one exchange side by
 * side.
 */
interface Call {
  readonly fed: Place;
  readonly exchange: number;
  readonly matrix: Matrix | undefined;
  /** Whether the exchange has no earlier term; whether its sums start from R's bias. */
  readonly first: boolean;
  readonly biased: boolean;
  /** Over what it sums; whether it gives P numbers, else H. */
  readonly depth: Loop["depth"];
  readonly toNarrow: boolean;
  /** Blocks of H side by side in N (exchanges) and in K (terms). */
  n: number;
  k: number;
}

export class ExchangesOnCpu {
  readonly #exchanges: Phase["exchanges"];
  readonly #cell: CellGraph;
  readonly #backward: boolean;
  readonly #lies: boolean;
  readonly #calls: readonly Call[];
  /** Elements of other phases' panels before its own. */
  heldBefore = 0;

  constructor({ exchanges }: Phase, part: Part) {
    const { cell, backward } = part;
    this.#exchanges = exchanges;
    this.#cell = cell;
    this.#backward = backward;
    this.#lies = part.lies === true;
    this.#calls = callsOf(exchanges, part);
  }

  /** Elements of the results, [B, exchanges, H]. */
  size({ B, H }: Sizes): number {
    return B * H * this.#exchanges.length;
  }

  /** The matrices of all exchanges, direction by direction. */
  held(p: Sizes): HeldMatrix[] {
    const { H, P, D, I } = p;
    const rows = this.#cell.rows.R.length;
    const inputRows = this.#cell.rows.W.length;
    const isForward = !this.#backward;
    const binding = isForward && !this.#lies ? "packed" : "weights";
    return Array.from({ length: D }, (_, d) => d).flatMap((d) =>
      this.#calls.flatMap((call) => {
        const { matrix } = call;
        if (!matrix) return [];
        const N = widthOf(call, p);
        const of = { binding, n: 1, K: depthOf(call, p), N } as const;
        if (this.#lies && isForward) return [{ ...of, from: this.#lyingAt(matrix, p, d), k: 1, n: of.K }];
        if (matrix.block === "M") return [{ ...of, from: p.M + (matrix.index * D + d) * H * P, k: N }];
        if (matrix.block === "W") {
          return [{ ...of, from: p.W + d * inputRows * H * I + matrix.index * H, k: inputRows * H }];
        }
        const from = p.R + d * rows * H * P + matrix.index * (isForward ? H : H * P);
        return [{ ...of, from, k: isForward ? rows * H : N }];
      }),
    );
  }

  /** All exchanges of a step, for `count` sequences from b on, into scratch. */
  run(ops: Ops, at: Addresses, p: Sizes, moment: Moment, b: number, count: number): void {
    const { H } = p;
    const X = this.#exchanges.length;
    let panels = at.held + this.heldBefore + moment.d * this.heldSize(p);
    for (let c = 0; c < this.#calls.length; c++) {
      const call = this.#calls[c];
      const { fed, exchange, matrix, first, biased } = call;
      const from = addressOf(fed, this.#cell, at, p, moment, b);
      const apart = apartOf(fed, this.#cell, p);
      const to = at.scratch + exchange * H;
      if (matrix) {
        const bias = biased ? at.weights + this.#biasOf(matrix, p, moment.d) : -1;
        const start = first ? bias : to;
        const N = widthOf(call, p);
        const K = depthOf(call, p);
        ops.product(count, N, K, from, apart, 1, panels, to, X * H, start, first ? 0 : X * H);
        panels += panelSize(K, N);
      } else {
        ops.sum(to, from, depthOf(call, p), count, X * H, apart);
        for (let i = 0; i < count; i++) ops.copy(to + i * X * H, to + i * X * H, 1, H, 1, 0);
      }
    }
  }

  /** A block of rows, or a further matrix, where it lies among the weights. */
  #lyingAt({ block, index }: Matrix, { H, P, I, D, W, R, M }: Sizes, d: number): number {
    const { rows } = this.#cell;
    if (block === "M") return M + (index * D + d) * P * H;
    if (block === "W") return W + (d * rows.W.length + index) * H * I;
    return R + (d * rows.R.length + index) * H * P;
  }

  /** A block's bias. */
  #biasOf({ block, index }: Matrix, { bias, biasW, H }: Sizes, d: number): number {
    const { W, R } = this.#cell.rows;
    return block === "W" ? biasW + (d * W.length + index) * H : bias + (d * R.length + index) * H;
  }

  /** Elements of the panels of one direction. */
  heldSize(p: Sizes): number {
    let size = 0;
    for (let c = 0; c < this.#calls.length; c++) {
      const call = this.#calls[c];
      if (call.matrix) size += panelSize(depthOf(call, p), widthOf(call, p));
    }
    return size;
  }
}

/** Numbers that a call gives a sequence, and numbers that it sums over. */
function widthOf({ n, toNarrow }: Call, { H, P }: Sizes): number {
  return toNarrow ? P : n * H;
}

function depthOf({ k, depth }: Call, sizes: Sizes): number {
  return k * sizes[depth];
}

function callsOf(exchanges: Phase["exchanges"], part: Part): Call[] {
  const { cell, backward } = part;
  const begun = new Set<number>();
  const calls: Call[] = [];
  for (const { fed, depth, sums } of loopsOf(exchanges, cell)) {
    for (const { exchange, matrix } of sums) {
      const last = calls.at(-1);
      const block = matrix?.block;
      const goesOn = block !== "M" && last?.matrix?.block === block && last?.fed.in === fed.in;
      const isFirst = !begun.has(exchange);
      if (last && matrix && goesOn && !backward && isBeside(last, fed, exchange, matrix)) last.n += 1;
      else if (last && matrix && goesOn && backward && isBelow(last, fed, exchange, matrix)) last.k += 1;
      else {
        const { product, value } = exchanges[exchange];
        const biased = product !== undefined && isBiased(part, product);
        const toNarrow = cell.isNarrow(value);
        calls.push({ fed, exchange, matrix, first: isFirst, biased, depth, toNarrow, n: 1, k: 1 });
      }
      begun.add(exchange);
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
