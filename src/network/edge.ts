// The values of a network while it is wired, floor 5, and what describes a network.

import type { Expr } from "../cells/expr.js";
import type { LayerDefinition, Shape } from "../layers/definition.js";

/** An input, and whether it may be left out. */
export interface Declared extends Shape {
  readonly optional?: true | "learned";
}

/** What describes a network: one layer, or layers and their wiring. */
export type Description =
  | { readonly layer: LayerDefinition }
  | {
      readonly layers: ReadonlyMap<string, Description>;
      readonly inputs: ReadonlyMap<string, Declared>;
      readonly wire: (call: (name: string) => Call, inputs: Record<string, Edge>) => Edges;
    };

/** What a network takes; one that is a layer has an input for every port. */
export function inputsOf(description: Description): ReadonlyMap<string, Declared> {
  if (!("layer" in description)) return description.inputs;
  const ports = Object.entries(description.layer.takes);
  return new Map(ports.map(([name, port]) => [name, { ...port, axes: port.axes ?? "sequence" }]));
}

/** One value, or several by name. */
export type Edges = Edge | Record<string, Edge>;
/** Calls a layer with its inputs by name. A layer of one output gives that. */
export type Call = (given: Record<string, Edge | undefined>) => Edges;

/** What a network is wired in. */
export interface Wiring {
  /** A function of values of one shape, number by number. */
  pointwise(given: readonly Edge[], f: (x: readonly Expr[]) => Expr): Edge;
  /** The features of all values side by side. */
  concat(given: readonly Edge[]): Edge;
  /** The first or the second half of the features. */
  half(given: Edge, which: 0 | 1): Edge;
}

/** A value of the network while it is wired. */
export class Edge {
  readonly "~value" = "float" as const;
  readonly trace: Wiring;
  readonly shape: Shape;
  /**
   * The sizes of an input that was declared without them, once a layer tells them: F, and layers × directions
   * of a state.
   */
  features: number | undefined;
  states: number | undefined;

  constructor(trace: Wiring, shape: Shape) {
    this.trace = trace;
    this.shape = shape;
    this.features = shape.features;
    this.states = shape.states;
  }

  /** The shape as far as it is known now. */
  get known(): Shape {
    return {
      ...this.shape,
      features: this.features,
      ...(this.states !== undefined && { states: this.states }),
    };
  }

  "~map"(f: (x: Expr) => Expr): Edge {
    return this.trace.pointwise([this], ([x]) => f(x));
  }
}

/** What a shape is made of. */
interface Sized {
  readonly shape: Pick<Shape, "type" | "axes">;
  readonly features: number | undefined;
  readonly states: number | undefined;
}

/** A shape in letters, for messages: [B, T, 64]. */
export function show({ shape, features, states }: Sized): string {
  const F = shape.type === "int" ? "" : `, ${features ?? "F"}`;
  if (shape.axes === "state") return `[${states ?? "L·D"}, B${F}]`;
  return shape.axes === "vector" ? `[B${F}]` : `[B, T${F}]`;
}
