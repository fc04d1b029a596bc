// The network as a graph, floor 5: what calling a model's wiring once with symbols shows. Layers become nodes
// with full names ("rnn.", "encoder.rnn."), values become edges; sizes are checked here, where the network is
// described.

import type { Expr } from "../cells/expr.js";
import { ShapeError, unknown, wrong } from "../errors.js";
import type { LayerDefinition, Port, Shape } from "../layers/definition.js";
import type { Emitter } from "../layers/emitter.js";
import { concatenate, half, pointwise } from "../layers/pointwise.js";
import type { Signal } from "../layers/signal.js";
import type { ParameterSpec } from "../plan/arena.js";
import { type Call, type Description, Edge, type Edges, inputsOf, show, type Wiring } from "./edge.js";
import { groupsOf } from "./joined.js";

/** A call of a layer. What add, mul, concat and functions make is one too: of a layer without parameters. */
export interface Node {
  readonly name: string;
  readonly layer: Pick<LayerDefinition, "kind" | "emit" | "together"> & {
    readonly parameters: readonly ParameterSpec[];
  };
  readonly given: Readonly<Record<string, Edge>>;
  readonly gives: Readonly<Record<string, Edge>>;
}

/** The whole network: its nodes in the order of their calls. */
export class Trace implements Wiring {
  readonly nodes: Node[] = [];
  readonly inputs = new Map<string, Edge>();
  readonly outputs = new Map<string, Edge>();
  readonly parameters: ParameterSpec[] = [];
  /** Inputs that a call may leave out; of these, initial states, which are zero then. */
  readonly optional = new Set<string>();
  readonly initial = new Set<string>();
  /** Layers that may run as one. */
  readonly groups: readonly (readonly Node[])[];
  #values = 0;

  constructor(description: Description) {
    const given = this.#declare(description);
    const outputs = this.#call(description, "")(given);
    const named = outputs instanceof Edge ? { y: outputs } : outputs;
    for (const [name, edge] of Object.entries(named ?? {})) {
      this.#ours(`model: output ${name}`, edge);
      this.outputs.set(name, edge);
    }
    if (this.outputs.size === 0) {
      throw new ShapeError(
        "model: wire gives nothing; it must give a value, or a record of values. Return one.",
      );
    }
    this.groups = groupsOf(this.nodes);
  }

  pointwise(given: readonly Edge[], f: (x: readonly Expr[]) => Expr): Edge {
    const [first] = given;
    for (const edge of given) this.#agree("add, mul", first, edge, edge.features === first.features);
    return this.#value(given, first.known, (e, name, inputs) => pointwise(e, name, inputs, f));
  }

  concat(given: readonly Edge[]): Edge {
    const [first] = given;
    for (const edge of given) this.#agree("concat", first, edge, edge.features !== undefined);
    const features = given.reduce((sum, edge) => sum + (edge.features ?? 0), 0);
    return this.#value(given, { ...first.known, features }, concatenate);
  }

  half(given: Edge, which: 0 | 1): Edge {
    this.#ours("halves", given);
    const { features, shape } = given;
    if (shape.type === "float" && features !== undefined && features % 2 === 0) {
      const halved = { ...given.known, features: features / 2 };
      return this.#value([given], halved, (e, _, [x]) => half(e, x, which));
    }
    throw wrong("halves: the value", show(given), "a bidirectional layer's, of an even last axis");
  }

  #value(
    given: readonly Edge[],
    shape: Shape,
    emit: (e: Emitter, name: string, inputs: readonly Signal[]) => Signal,
  ): Edge {
    const y = new Edge(this, shape);
    this.nodes.push({
      name: `value${this.#values++}`,
      layer: {
        kind: "value",
        parameters: [],
        emit: (e, name, inputs) => ({ y: emit(e, name, Object.values(inputs)) }),
      },
      given: Object.fromEntries(given.entries()),
      gives: { y },
    });
    return y;
  }

  #agree(where: string, a: Edge, b: Edge, sameSize: boolean): void {
    this.#ours(where, b);
    const isFloats = a.shape.type === "float" && b.shape.type === "float";
    if (isFloats && a.shape.axes === b.shape.axes && a.states === b.states && sameSize) return;
    throw new ShapeError(
      `${where}: ${show(a)} and ${show(b)} do not go together; they must be floats of one shape and known size` +
        `${where === "concat" ? " but for the last axis" : ""}. Wire others, or declare their sizes.`,
    );
  }

  #declare(description: Description): Record<string, Edge> {
    for (const [name, { optional, ...shape }] of inputsOf(description)) {
      this.inputs.set(name, new Edge(this, shape));
      if (!optional) continue;
      this.optional.add(name);
      if (shape.axes === "state" && optional !== "learned") this.initial.add(name);
    }
    return Object.fromEntries(this.inputs);
  }

  #call(description: Description, prefix: string): Call {
    if ("layer" in description) return (given) => this.#layer(description.layer, prefix, given);
    const { layers, inputs, wire } = description;
    return (given) => {
      for (const name of Object.keys(given)) {
        if (!inputs.has(name)) throw unknown(prefix || "model", "input", name, inputs.keys());
      }
      const of = (name: string): Call => {
        const layer = layers.get(name);
        if (!layer) throw unknown("model", "layer", name, layers.keys());
        return this.#call(layer, `${prefix}${name}.`);
      };
      const edges = Object.fromEntries([...inputs.keys()].map((name) => [name, given[name]]));
      return wire(of, edges as Record<string, Edge>);
    };
  }

  #layer(layer: LayerDefinition, prefix: string, given: Record<string, Edge | undefined>): Edges {
    const where = prefix ? prefix.slice(0, -1) : layer.kind;
    for (const port of Object.keys(given)) {
      if (!layer.takes[port]) throw unknown(where, "input", port, Object.keys(layer.takes));
    }
    const wired: Record<string, Edge> = {};
    const shapes: Record<string, Shape> = {};
    for (const [port, takes] of Object.entries(layer.takes)) {
      const edge = given[port];
      if (edge === undefined && takes.optional) continue;
      this.#ours(`${where}: ${port}`, edge);
      this.#check(`${where}: ${port}`, layer.kind, takes, edge);
      wired[port] = edge;
      shapes[port] = edge.known;
    }
    const gives = Object.fromEntries(
      Object.entries(layer.gives(shapes)).map(([name, shape]) => [name, new Edge(this, shape)]),
    );
    const { kind, emit, together, parameters: declared } = layer;
    const parameters = typeof declared === "function" ? declared(shapes) : declared;
    this.nodes.push({ name: prefix, layer: { kind, emit, together, parameters }, given: wired, gives });
    for (const spec of parameters) {
      const name = `${prefix}${spec.name}`;
      if (this.parameters.every((known) => known.name !== name)) this.parameters.push({ ...spec, name });
    }
    return Object.keys(gives).length === 1 ? gives.y : gives;
  }

  /** Refuses what is no value of this network. */
  #ours(where: string, edge: unknown): asserts edge is Edge {
    if (edge instanceof Edge && edge.trace === this) return;
    const found = edge instanceof Edge ? "a value of another model" : String(edge);
    throw wrong(where, found, "a value of this one: an input, or what a layer gives");
  }

  #check(where: string, kind: string, port: Port, edge: Edge): void {
    const { axes, type } = edge.shape;
    if (type !== port.type) {
      throw port.type === "int"
        ? wrong(where, "floats", `integers, as ${kind} takes them. Declare such, as input.tokens()`)
        : wrong(where, "integers", `floats, as ${kind} takes them. Put an embedding between them`);
    }
    edge.features ??= port.features;
    edge.states ??= port.states;
    const wanted = {
      shape: { type, axes: port.axes ?? axes },
      features: port.features ?? edge.features,
      states: port.states ?? edge.states,
    };
    if (show(edge) === show(wanted)) return;
    throw wrong(where, show(edge), `${show(wanted)}, as ${kind} takes it`);
  }
}
