// What a layer is, floor 4: its parameters, what it takes and gives, and how it emits itself into a plan.
// Models are wired of these.

import type { ParameterSpec } from "../plan/arena.js";
import type { Emitter } from "./emitter.js";
import type { Signal } from "./signal.js";

/** The shape of a value while a network is described, when batch and time are not known yet. */
export interface Shape {
  /** sequence: [B, T, F]. vector: [B, F]. state: [layers × directions, B, F]. */
  readonly axes: "sequence" | "vector" | "state";
  readonly type: "float" | "int";
  /** F; unknown until a layer takes an input that was declared without a size. */
  readonly features: number | undefined;
  /** Of a state: layers × directions. */
  readonly states?: number;
}

/** What a layer takes as one of its arguments. */
export interface Port {
  readonly type: "float" | "int";
  readonly features: number | undefined;
  /** The only axes that it takes; any where left out. */
  readonly axes?: Shape["axes"];
  /** Of an initial state: layers × directions. */
  readonly states?: number;
  /** Whether it may be left open; an initial state is then zero, or learned. */
  readonly optional?: true | "learned";
}

/** Which steps there are, one of these or neither: how many each sequence has, or 0 where one is masked. */
export const livePorts = {
  lengths: { type: "int", features: undefined, axes: "vector", optional: true },
  mask: { type: "int", features: undefined, axes: "sequence", optional: true },
} as const satisfies Record<string, Port>;

/** A call of a layer, as it is emitted. */
export interface Called {
  /** The prefix of its parameters ("rnn."). */
  readonly name: string;
  /** The inputs that there are. */
  readonly given: Readonly<Record<string, Signal>>;
  /** Which outputs anybody reads. */
  readonly used: ReadonlySet<string>;
}

export interface LayerDefinition {
  /** As written in errors: "lstm(64, 256)". */
  readonly kind: string;
  /** Given the inputs' shapes, where they depend on these. */
  readonly parameters:
    | readonly ParameterSpec[]
    | ((given: Readonly<Record<string, Shape>>) => readonly ParameterSpec[]);
  readonly takes: Readonly<Record<string, Port>>;
  /** The outputs' shapes, given the inputs'. */
  readonly gives: (given: Readonly<Record<string, Shape>>) => Readonly<Record<string, Shape>>;
  /**
   * Emits the pass forward, and leaves the pass backward with the emitter. `name` is the prefix of its
   * parameters ("rnn.").
   * `given` has the inputs that there are; `used` says which outputs anybody reads.
   */
  readonly emit: (
    e: Emitter,
    name: string,
    given: Readonly<Record<string, Signal>>,
    used: ReadonlySet<string>,
  ) => Readonly<Record<string, Signal>>;
  /**
   * Where several such layers can be emitted as one: the cell that those must have too, beside the same kind and
   * parameters. The weights of all lie block by block side by side, and their x has as many steps.
   */
  readonly together?:
    | {
        readonly cell: object;
        readonly emit: (e: Emitter, calls: readonly Called[]) => Readonly<Record<string, Signal>>[];
      }
    | undefined;
}
