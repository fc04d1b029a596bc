// From a network and its sizes to a plan, floor 5: inputs, the pass forward, losses, the pass backward, the
// update, outputs in their public order. A pure function: no device is needed.

import { ShapeError, unknown } from "../errors.js";
import type { Called } from "../layers/definition.js";
import { Emitter } from "../layers/emitter.js";
import type { Carried, Derived, Purpose } from "../layers/purpose.js";
import { type Live, type Rows, type Signal, timeMajor } from "../layers/signal.js";
import type { LossInput, LossRule, Target } from "../losses/loss.js";
import type { Arena } from "../plan/arena.js";
import { ordinary } from "../plan/device_class.js";
import { type Buffer, type Plan, size } from "../plan/plan.js";
import { cutsOf, interactiveSeconds, totalSeconds } from "../plan/strategy.js";
import { sizeOf } from "../weights/tensors.js";
import type { Edge } from "./edge.js";
import { inOrder } from "./joined.js";
import { Layout, type Result, type Sizes } from "./layout.js";
import type { Node, Trace } from "./trace.js";

/** An input as the host feeds it. */
export interface Feed {
  readonly type: "float" | "int";
  readonly shape: readonly number[];
  readonly buffer: Buffer;
  /** Time steps; 1 where it has no time. */
  readonly T: number;
  /** Whether it is zero where a call leaves it out. */
  readonly optional: boolean;
  /** Of tokens: one more than the largest. */
  vocabulary: number | undefined;
}

/** A target as the host feeds it. */
export interface TargetFeed extends Target {
  /** Which steps of the output there are, where not all are. */
  readonly live: Live | undefined;
}

export interface Built {
  readonly plan: Plan;
  readonly sizes: Sizes;
  /** How many of its dispatches come before the pass backward. */
  readonly forward: number;
  readonly inputs: ReadonlyMap<string, Feed>;
  readonly derived: readonly Derived[];
  readonly targets: ReadonlyMap<string, TargetFeed>;
  readonly outputs: ReadonlyMap<string, Result>;
  /** Gradients of the float inputs, where they were asked for. */
  readonly inputGradients: ReadonlyMap<string, Result>;
  /** What the host gives as gradients of the outputs. */
  readonly cotangents: ReadonlyMap<string, Result>;
  readonly loss: Buffer | undefined;
  readonly gradients: Buffer | undefined;
  readonly carried: readonly Carried[];
  readonly norms: readonly Carried[];
}

export interface BuildOptions extends Sizes, Purpose {
  /** Losses by output. */
  readonly losses?: ReadonlyMap<string, LossRule>;
  /** Whether the gradients of inputs are wanted; outputs whose gradients the host gives. */
  readonly wantInputs?: boolean;
  readonly cotangents?: readonly string[];
  /** Whether outputs are given in their public order. A trainer reads none. */
  readonly wantOutputs: boolean;
  /** Optional inputs that are given. */
  readonly open: ReadonlySet<string>;
  /** Whether it runs in pieces, between which a page can draw. */
  readonly interactive?: boolean;
  /** Sequences that the carried state has, if those are more than batchSize. */
  readonly sequences?: number;
  /** What outlives the plan, but for weights: named before the inputs, whose names users choose. */
  readonly lasting?: readonly Buffer[];
  /** Where run.scale lies, if it is decided on the device. */
  readonly scale?: Plan["scale"];
  /** Emitted at the end: the update. */
  readonly update?: (e: Emitter, loss: Buffer, gradients: Buffer) => void;
}

type Groups = Trace["groups"];
type Shared = { readonly weights: Buffer; readonly packed: Buffer };
/** How many places something is dropped at before each layer. */
type Drops = Map<Node, number>;

/** Layers that can run as one do so where that is estimated to take less time. */
export function build(trace: Trace, arena: Arena, shared: Shared, options: BuildOptions): Built {
  const drops: Drops = new Map();
  const alone = buildWith([], trace, arena, shared, options, drops);
  const groups = trace.groups.filter((group) => isJoint(group, arena, options));
  if (groups.length === 0) return alone;
  const joined = buildWith(groups, trace, arena, shared, options, drops);
  const { largest = Number.POSITIVE_INFINITY, device = ordinary } = options;
  const fits = joined.plan.buffers.every((buffer) => 4 * size(buffer) <= largest);
  if (!fits || totalSeconds(joined.plan, device) >= totalSeconds(alone.plan, device)) return alone;
  // in the order of calls, whatever ran first
  const asCalled = (ours: readonly Carried[], theirs: readonly Carried[]): Carried[] =>
    theirs.flatMap(({ name }) => ours.find((one) => one.name === name) ?? []);
  return {
    ...joined,
    carried: asCalled(joined.carried, alone.carried),
    norms: asCalled(joined.norms, alone.norms),
  };
}

/** Whether layers can run as one: their weights lie side by side, trained or frozen alike, and a dispatch costs something. */
function isJoint(group: Groups[number], arena: Arena, { device = ordinary, frozen }: BuildOptions): boolean {
  const [weights, ...others] = group.map(({ name, layer }) =>
    layer.parameters.map((p) => arena.get(`${name}${p.name}`)),
  );
  const isAlike = weights.every((p, k) =>
    others.every((one, m) => {
      const isNext = one[k].at === p.at + (m + 1) * sizeOf(p.shape);
      return isNext && frozen?.has(one[k].name) === frozen?.has(p.name);
    }),
  );
  return isAlike && device.launch > 0;
}

function buildWith(
  groups: Groups,
  trace: Trace,
  arena: Arena,
  shared: Shared,
  options: BuildOptions,
  drops: Drops,
): Built {
  const { device = ordinary, interactive } = options;
  const seconds = interactive ? interactiveSeconds : device.longest;
  const e = new Emitter(arena, shared, { ...options, seconds }, options.sequences ?? options.batchSize);
  for (const buffer of options.lasting ?? []) e.plan.use(buffer);
  e.plan.scale = options.scale;
  if (options.scale) e.plan.use(options.scale.buffer);
  const layout = new Layout(options);
  const signals = new Map<Edge, Signal>();
  const inputs = new Map<string, Feed>();
  for (const [name, edge] of trace.inputs) {
    if (trace.optional.has(name) && !options.open.has(name)) continue;
    const time = layout.timeOf(name, edge);
    const shape = layout.shape(edge, time);
    const type = edge.shape.type;
    const buffer = e.plan.buffer(name, shape, "input", type === "int" ? "u32" : "f32");
    const rows = layout.rows(buffer, edge, time);
    const wanted = options.wantInputs === true && type === "float";
    signals.set(edge, { rows, wanted, input: name });
    const optional = trace.optional.has(name);
    inputs.set(name, { type, shape, buffer, T: rows.T, optional, vocabulary: undefined });
  }

  emitForward(e, trace, groups, signals, drops);
  const signalOf = (edge: Edge): Signal => signals.get(edge) as Signal; // what is an output is computed
  const outputs = new Map<string, Result>();
  if (options.wantOutputs) {
    for (const [name, edge] of trace.outputs)
      outputs.set(name, layout.publish(e, name, edge, signalOf(edge)));
  }

  const cotangents = new Map<string, Result>();
  for (const name of options.cotangents ?? []) {
    const edge = edgeOf("cotangents", trace, name);
    const signal = signalOf(edge);
    const shape = layout.shape(edge, signal.rows.T);
    const buffer = e.plan.buffer(`cotangent ${name}`, shape, "input");
    cotangents.set(name, { buffer, shape });
    const from = layout.rows(buffer, edge, signal.rows.T);
    e.contribute(signal, (to, accumulate) => e.copy(from, to, accumulate));
  }
  const targets = new Map<string, TargetFeed>();
  const { losses } = options;
  const loss = losses && e.plan.buffer("loss", [1], "output");
  for (const [name, rule] of losses ?? []) {
    const edge = edgeOf("loss", trace, name);
    const signal = signalOf(edge);
    const target = losses?.size === 1 && name === "y" ? "target" : `target.${name}`;
    const accumulate = targets.size > 0 || e.purpose.adds ? 1 : 0;
    const steps = layout.steps(edge, signal.rows.T);
    const wanted = emitLoss(e, rule, target, signal, { loss: loss as Buffer, accumulate, ...steps }); // made above
    targets.set(name, { ...wanted, live: signal.live });
  }

  for (const result of outputs.values()) e.unread.delete(result.buffer);
  for (const buffer of e.unread) e.plan.omit(buffer);
  const forward = e.plan.dispatches.length;
  e.propagate();
  if (loss && e.gradients) options.update?.(e, loss, e.gradients);
  const inputGradients = new Map<string, Result>();
  if (options.wantInputs) {
    for (const [name, edge] of trace.inputs) {
      const signal = signals.get(edge);
      if (!signal?.wanted) continue;
      const rows = signal.gradient ?? zeroLike(e, signal.rows);
      inputGradients.set(name, layout.publish(e, `gradient ${name}`, edge, { rows }));
    }
  }
  for (const [name, V] of e.vocabulary) {
    const feed = inputs.get(name);
    if (feed) feed.vocabulary = V;
  }
  e.plan.cuts = cutsOf(e.plan, device, seconds);
  const { plan, derived, gradients, carried, norms } = e;
  return {
    plan,
    sizes: options,
    forward,
    inputs,
    derived,
    targets,
    outputs,
    inputGradients,
    cotangents,
    loss,
    gradients,
    carried,
    norms,
  };
}

function emitForward(
  e: Emitter,
  { nodes, outputs }: Trace,
  groups: Groups,
  signals: Map<Edge, Signal>,
  drops: Drops,
): void {
  const read = new Set([...outputs.values(), ...nodes.flatMap(({ given }) => Object.values(given))]);
  const callOf = ({ name, given, gives }: Node): Called => {
    // An optional input that is not open has none.
    const there = Object.entries(given).flatMap(([port, edge]) => {
      const signal = signals.get(edge);
      return signal ? [[port, signal] as const] : [];
    });
    const { lengths, mask } = Object.fromEntries(there);
    if (lengths && mask) {
      throw new ShapeError(`${name}lengths: a mask is given too; it must be one of them. Leave one out.`);
    }
    const used = Object.keys(gives).filter((port) => read.has(gives[port]));
    return { name, given: Object.fromEntries(there), used: new Set(used) };
  };
  for (const group of inOrder(nodes, groups)) {
    const calls = group.map(callOf);
    const isOne = new Set(calls.map(({ given }) => given.x?.rows.T)).size === 1;
    const [first] = group;
    const { layer } = first;
    // what is dropped hangs on the place's number: that of the order of calls
    e.drops = drops.get(first) ?? e.drops;
    drops.set(first, e.drops);
    const made =
      isOne && layer.together
        ? layer.together.emit(e, calls)
        : calls.map(({ name, given, used }) => layer.emit(e, name, given, used));
    group.forEach(({ gives }, m) => {
      for (const [port, signal] of Object.entries(made[m])) signals.set(gives[port], signal);
    });
  }
}

function emitLoss(
  e: Emitter,
  rule: LossRule,
  target: string,
  signal: Signal,
  given: Omit<LossInput, "output" | "gradient">,
): Target {
  let gradient: LossInput["gradient"];
  if (e.gradients) {
    e.contribute(signal, (rows, accumulate) => {
      gradient = { rows, accumulate };
    });
  }
  return rule.emit(e, target, { ...given, output: signal.rows, gradient });
}

function edgeOf(where: string, trace: Trace, name: string): Edge {
  const edge = trace.outputs.get(name);
  if (edge) return edge;
  throw unknown(where, "output", name, trace.outputs.keys());
}

function zeroLike(e: Emitter, { T, B, F }: Rows): Rows {
  return timeMajor(e.plan.buffer("zero", [T, B, F]), T, B, F);
}
