// Where B and T stand in what users see, floor 5: shapes of inputs and outputs, and the strides by which they
// are read.

import { ShapeError } from "../errors.js";
import type { Emitter } from "../layers/emitter.js";
import { batchMajor, type Rows, type Signal, timeMajor } from "../layers/signal.js";
import { type Buffer, size } from "../plan/plan.js";
import type { Edge } from "./edge.js";

/** How much a call brings: B, and T by input. */
export interface Sizes {
  readonly batchSize: number;
  readonly sequenceLength: number | Readonly<Record<string, number | undefined>>;
  readonly batchFirst?: boolean;
  /** Whether shapes are those of one sequence, without an axis of sequences. */
  readonly unbatched?: boolean;
}

/** A result, in its public order. */
export interface Result {
  readonly buffer: Buffer;
  readonly shape: readonly number[];
}

/** Where B and T stand in public shapes. */
export class Layout {
  readonly #sizes: Sizes;
  readonly #batchFirst: boolean;
  /** Buffers that are an output as they are: another output of the same numbers is a copy. */
  readonly #published = new Set<Buffer>();

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
    this.#batchFirst = sizes.batchFirst ?? true;
  }

  /** Time steps of an input; 1 where it has no time. */
  timeOf(input: string, { shape }: Edge): number {
    const { sequenceLength } = this.#sizes;
    if (shape.axes !== "sequence") return 1;
    if (typeof sequenceLength === "number") return sequenceLength;
    // a layer's own mask need not be named: it is as long as x
    const T = sequenceLength[input] ?? (input === "mask" ? sequenceLength.x : undefined);
    if (T !== undefined) return T;
    throw new ShapeError(
      `sequenceLength: it does not say how long ${input} is; it must name every input over time. ` +
        `Give one number, or add ${input}.`,
    );
  }

  shape(edge: Edge, T: number): readonly number[] {
    const { batchSize, unbatched } = this.#sizes;
    const B = unbatched ? [] : [batchSize];
    const F = edge.shape.type === "int" ? [] : [this.#featuresOf(edge)];
    if (edge.shape.axes === "state") return [edge.states ?? 1, ...B, ...F];
    if (edge.shape.axes === "vector") return [...B, ...F];
    return this.#batchFirst ? [...B, T, ...F] : [T, ...B, ...F];
  }

  rows(buffer: Buffer, edge: Edge, T: number): Rows {
    const B = this.#sizes.batchSize;
    const F = edge.shape.type === "int" ? 1 : this.#featuresOf(edge);
    if (edge.shape.axes === "state") return timeMajor(buffer, edge.states ?? 1, B, F);
    if (edge.shape.axes === "vector") return timeMajor(buffer, 1, B, F);
    return this.#batchFirst ? batchMajor(buffer, T, B, F) : timeMajor(buffer, T, B, F);
  }

  /** The shape of one number a step, and its strides. */
  steps(edge: Edge, T: number): { steps: readonly number[]; t: number; b: number } {
    const shape = this.shape(edge, T).slice(0, -1);
    const B = this.#sizes.batchSize;
    const isBatchFirst = this.#batchFirst && edge.shape.axes === "sequence";
    return isBatchFirst ? { steps: shape, t: 1, b: T } : { steps: shape, t: B, b: 1 };
  }

  /**
   * A result in its public order: where it lies if that is it already, which may be within a buffer, else a copy,
   * with zeros past an end.
   */
  publish(e: Emitter, name: string, edge: Edge, { rows: from, live }: Pick<Signal, "rows" | "live">): Result {
    const shape = this.shape(edge, from.T);
    const buffer: Buffer = { name, shape, role: "output", type: "f32" };
    const to = this.rows(buffer, edge, from.T);
    const sameOrder = (from.T === 1 || from.t === to.t) && (from.B === 1 || from.b === to.b);
    if (sameOrder && !live && from.buffer.role === "scratch") {
      const isWhole = from.at === 0 && size(from.buffer) === size(buffer);
      if (!isWhole || this.#published.has(from.buffer)) {
        e.copy(from, to);
        e.plan.view(buffer, from.buffer, from.at);
        return { buffer, shape };
      }
      this.#published.add(from.buffer);
      return { buffer: from.buffer, shape };
    }
    const made = e.plan.buffer(name, shape, "output");
    if (live) e.settle(from, live, { ...to, buffer: made });
    else e.copy(from, { ...to, buffer: made });
    return { buffer: made, shape };
  }

  #featuresOf(edge: Edge): number {
    if (edge.features === undefined) {
      throw new ShapeError("model: an input's size is not known; declare it, as in input.features(16).");
    }
    return edge.features;
  }
}
