// The making of a plan, floor 4: what every layer emits its dispatches into. A layer emits the pass forward
// at once and leaves a closure for the pass backward; called in reverse, the closures are back-propagation.

import { ShapeError } from "../errors.js";
import { copy } from "../kernels/copy.js";
import { everything, livePlaces, tableOfLengths, tableOfMask } from "../kernels/live.js";
import { settle } from "../kernels/settle.js";
import type { Arena } from "../plan/arena.js";
import { arithmeticOf } from "../plan/choice.js";
import { type Buffer, Plan } from "../plan/plan.js";
import { type Carried, type Derived, lengthsFrom, type Purpose } from "./purpose.js";
import { counts, type Live, type Rows, type Signal, strides, timeMajor } from "./signal.js";

export class Emitter {
  readonly plan = new Plan();
  readonly arena: Arena;
  readonly purpose: Purpose;
  readonly weights: Buffer;
  readonly packed: Buffer;
  readonly gradients: Buffer | undefined;
  readonly derived: Derived[] = [];
  readonly carried: Carried[] = [];
  /** Norms of the states' gradients by name: [layers × directions, T]. */
  readonly norms: Carried[] = [];
  /** One more than the largest token that an input may bring, by input. */
  readonly vocabulary = new Map<string, number>();
  /** What can be had without these buffers. */
  readonly unread = new Set<Buffer>();
  readonly #tape: (() => void)[] = [];
  readonly #written = new Set<number>();
  readonly #live = new Map<string, Live>();
  #none: Buffer | undefined;
  readonly #common = new Map<string, Buffer>();
  /** Places so far where something is dropped. */
  drops = 0;

  /** Of the sequences that the carried state has, a call may bring the first ones only. */
  readonly #sequences: number;

  constructor(
    arena: Arena,
    shared: { weights: Buffer; packed: Buffer },
    purpose: Purpose,
    sequences: number,
  ) {
    this.arena = arena;
    this.#sequences = sequences;
    const { storage } = arena;
    this.purpose = { ...purpose, storage, arithmetic: arithmeticOf({ ...purpose, storage }) };
    this.weights = this.plan.use(shared.weights);
    this.packed = this.plan.use(shared.packed);
    this.gradients = purpose.differentiate
      ? this.plan.buffer("gradients", [Math.max(1, arena.size)], "gradients")
      : undefined;
  }

  /** Leaves what the pass backward does about a layer. */
  backward(emit: (gradients: Buffer) => void): void {
    const { gradients } = this;
    if (gradients) this.#tape.push(() => emit(gradients));
  }

  /** Leaves what the pass backward does with the gradient of a value, if one has come by then. */
  withGradient(y: Signal, emit: (dy: Rows, gradients: Buffer) => void): void {
    this.backward((gradients) => y.gradient && emit(y.gradient, gradients));
  }

  /** y is made of x, by way of `emit` the gradient of x of that of y. which: as for contribute(). */
  mirror(
    x: Signal,
    y: Signal,
    emit: (dy: Rows, to: Rows, accumulate: 0 | 1) => void,
    which?: "in parts" | Live | undefined,
  ): Signal {
    this.withGradient(y, (dy) => this.contribute(x, (to, accumulate) => emit(dy, to, accumulate), which));
    return y;
  }

  /** Whether nobody wants the gradient of the weight that lies here. */
  isFrozen(at: number): boolean {
    const { frozen } = this.purpose;
    if (!frozen) return false;
    const here = [...this.arena.parameters.values()].findLast((p) => p.at <= at);
    return here !== undefined && frozen.has(here.name);
  }

  /** Whether a gradient must come to a layer: for a weight of its own, whose name begins so, or for an input. */
  isTrained(name: string, ...inputs: readonly Signal[]): boolean {
    const { differentiate, frozen } = this.purpose;
    const isOwn = (weight: string): boolean => weight.startsWith(name) && !frozen?.has(weight);
    return differentiate && (inputs.some((x) => x.wanted) || [...this.arena.parameters.keys()].some(isOwn));
  }

  /** Emits the pass backward. */
  propagate(): void {
    for (const emit of this.#tape.reverse()) emit();
    this.#tape.length = 0;
  }

  /** A signal of its own buffer, time-major. */
  signal(
    name: string,
    { T, B, F }: { T: number; B: number; F: number },
    wanted: boolean,
    live?: Live,
  ): Signal {
    const rows = timeMajor(this.plan.buffer(name, [T, B, F]), T, B, F);
    return { rows, wanted, ...(live && { live }) };
  }

  /**
   * Adds to the gradient of a signal: `emit` gets where it goes, and whether to add to what is there. Nothing
   * happens where nobody wants it. "in parts": each call is about other rows, as with an initial state, whose
   * gradient comes from every layer; it is zero before. So it is where `emit` writes live rows alone, and the
   * signal has others.
   */
  contribute(
    to: Signal,
    emit: (rows: Rows, accumulate: 0 | 1) => void,
    which?: "in parts" | Live | undefined,
  ): void {
    if (!to.wanted) return;
    const { within } = to;
    if (within) {
      this.contribute(within.whole, (rows) => emit(within.part(rows), 1), "in parts");
      return;
    }
    const isFirst = to.gradient === undefined;
    const { T, B, F } = to.rows;
    to.gradient ??= timeMajor(this.plan.buffer(`d ${to.rows.buffer.name}`, [T, B, F]), T, B, F);
    if (isFirst && which && which !== to.live) {
      this.plan.before.push({ to: { buffer: to.gradient.buffer, at: 0 }, size: T * B * F });
    }
    emit(to.gradient, isFirst && which !== "in parts" ? 0 : 1);
  }

  /** Whether a parameter's gradient has been written: then the next one adds to it. */
  accumulates(at: number): 0 | 1 {
    if (this.purpose.adds || this.#written.has(at)) return 1;
    this.#written.add(at);
    return 0;
  }

  /**
   * Which of T steps there are, by an input of lengths [B] or, with `masked`, by a mask over time: what a masked
   * step does with the output. Of all steps, or of `count` from `first` on.
   */
  live(from: Signal, T: number, masked?: "repeat" | "zero", first = 0, count = T): Live {
    const { input, rows } = from;
    if (input === undefined) {
      throw new ShapeError("lengths: they must be an input of the model; the host reads them.");
    }
    if (masked && rows.T !== T) {
      throw new ShapeError(`${input}: it has ${rows.T} steps; it must have ${T}, one for each.`);
    }
    const { B } = rows;
    const key = [input, T, masked, first, count].join();
    const known = this.#live.get(key);
    if (known) return known;
    const table = this.plan.buffer(`${input} live`, [livePlaces(count, B).size], "input", "u32");
    const tableOf = (ids: Uint32Array, where: string): Uint32Array => {
      const isLive = (t: number, b: number): boolean => ids[(first + t) * rows.t + b * rows.b] !== 0;
      if (masked) return tableOfMask(isLive, count, B, masked === "repeat");
      return tableOfLengths(lengthsFrom(first, ids, { T, count, where }), count);
    };
    this.derived.push({ input, make: (ids, where) => [{ buffer: table, data: tableOf(ids, where) }] });
    const live: Live = {
      table,
      T: count,
      B,
      part: (at, length) => this.live(from, T, masked, first + at, length),
    };
    this.#live.set(key, live);
    return live;
  }

  /** A number of its own for each place where something is dropped: the first of so many. */
  nextDropout(places = 1): number {
    this.drops += places;
    return this.drops - places;
  }

  /** Memory for a state that is carried from run to run, [layers × directions, B, H]: the first B sequences. */
  carry(name: string, [LD, B, H]: readonly [number, number, number]): Rows {
    const buffer = this.plan.buffer(`${name} carried`, [LD, this.#sequences, H], "state");
    this.carried.push({ name: numbered(name, this.carried), buffer });
    return { ...timeMajor(buffer, LD, B, H), t: this.#sequences * H };
  }

  /** Memory for |dL/ds_t|, [layers × directions, T]. */
  norm(name: string, shape: readonly [number, number]): Buffer {
    const buffer = this.plan.buffer(`|d ${name}|`, shape, "output");
    this.norms.push({ name: numbered(name, this.norms), buffer });
    return buffer;
  }

  /** Copies outside the pass where both lie without gaps, else by a dispatch where it is emitted. */
  transfer(from: Rows, to: Rows, when: "before" | "after"): void {
    const isWhole = (rows: Rows): boolean => rows.T === 1 && (rows.B === 1 || rows.b === rows.F);
    if (!isWhole(from) || !isWhole(to)) {
      this.copy(from, to);
      return;
    }
    this.plan[when].push({
      from: { buffer: from.buffer, at: from.at },
      to: { buffer: to.buffer, at: to.at },
      size: to.B * to.F,
    });
  }

  /** Memory that all who name it share, one after another. */
  common(name: string, shape: readonly number[]): Buffer {
    const key = `${name} ${shape.join()}`;
    const known = this.#common.get(key) ?? this.plan.buffer(name, shape);
    this.#common.set(key, known);
    return known;
  }

  /** The same with zeros in the rows that are not there. */
  settled(x: Signal): Signal {
    const { live, rows } = x;
    if (!live) return x;
    const y = this.signal(`${rows.buffer.name} settled`, rows, x.wanted);
    this.settle(rows, live, y.rows);
    return this.mirror(x, y, (dy, to, accumulate) => this.copy(dy, to, accumulate));
  }

  /** The rows that are there, and zeros for the others. */
  settle(from: Rows, live: Live, to: Rows, accumulate: 0 | 1 = 0): void {
    this.plan.dispatch(
      settle,
      { live: live.table, input: from.buffer, out: to.buffer },
      {
        ...counts(from),
        ...strides("in", from),
        ...strides("out", to),
        codes: livePlaces(live.T, live.B).codes,
        accumulate,
      },
    );
  }

  /** How a kernel is told which rows there are: the table to bind, and where its codes begin. */
  tableOf(live: Live | undefined): { readonly table: Buffer; readonly codes: number } {
    if (live) return { table: live.table, codes: livePlaces(live.T, live.B).codes };
    this.#none ??= this.plan.buffer("all live", [1], "scratch", "u32");
    return { table: this.#none, codes: everything };
  }

  /** One strided copy, as a dispatch. */
  copy(from: Rows, to: Rows, accumulate: 0 | 1 = 0): void {
    this.plan.dispatch(
      copy,
      { x0: from.buffer, out: to.buffer },
      { ...counts(from), ...strides("x0", from), ...strides("out", to), accumulate },
    );
  }
}

/** A name of its own: a layer that is called twice has two states, rnn.h and rnn.h#2. */
function numbered(name: string, taken: readonly Carried[]): string {
  const before = taken.filter((one) => one.name.split("#")[0] === name).length;
  return before === 0 ? name : `${name}#${before + 1}`;
}
