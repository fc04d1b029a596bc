// A recurrent layer as users know it, floor 4: a stack of layers of one cell, in one or both directions, with
// dropout between them, initial states taken and final states given. Shapes and names of weights are
// PyTorch's.

import type { CellGraph } from "../cells/cell.js";
import { ShapeError } from "../errors.js";
import type { ParameterSpec } from "../plan/arena.js";
import { chunkOf } from "../plan/strategy.js";
import { type Called, type LayerDefinition, livePorts, type Shape } from "./definition.js";
import type { Emitter } from "./emitter.js";
import type { Live, Signal } from "./signal.js";
import { emitStack } from "./stack_emit.js";
import type { Stacked } from "./stacked.js";

export interface StackOptions {
  readonly numLayers: number;
  readonly bidirectional: boolean;
  /** One direction only, from the end. */
  readonly reverse: boolean;
  /** W's bias, R's, both as PyTorch has them, or none. */
  readonly bias: "both" | "input" | "recurrent" | "none";
  /** A gate's rows of the bias begin with this constant: W's have it, R's are 0 then. */
  readonly initialBias?: { readonly [gate: string]: number };
  /** The size of the output, where the cell projects it. */
  readonly projSize: number | undefined;
  /** The share that is dropped between layers while training. */
  readonly dropout: number;
  /** Likewise of the first layer's input; of what R is fed with, one mask a sequence; of R itself, one a run. */
  readonly inputDropout: number;
  readonly recurrentDropout: number;
  readonly dropConnect: number;
  /** The share of units whose state stays as it is while training, by state. */
  readonly zoneout: { readonly [state: string]: number };
  /** Whether initial states that are not given are parameters. */
  readonly learnedState: boolean;
  /** What becomes of the outputs of two directions. */
  readonly merge: "concat" | "sum" | "mean" | "product";
  /** Whether the output of a reversed layer lies in the order in which it was computed. */
  readonly processed: boolean;
  /** The output at a step that is masked: the last one's, or zero. */
  readonly masked: "repeat" | "zero";
}

/** kind: as written in errors, "lstm(64, 256)". */
export function stack(
  cell: CellGraph,
  kind: string,
  inputSize: number,
  hiddenSize: number,
  options: StackOptions,
): LayerDefinition {
  const { numLayers, bidirectional, projSize, merge, recurrentDropout, zoneout } = options;
  const D = bidirectional ? 2 : 1;
  const P = projSize ?? hiddenSize;
  const features = merge === "concat" ? D * P : P;
  const layers = Array.from({ length: numLayers }, (_, l) => ({ I: l === 0 ? inputSize : features, l }));
  const states = numLayers * D;
  const shapes = cell.states.map((name, s): [string, Shape & { states: number }] => [
    name,
    { axes: "state", type: "float", features: s === 0 ? P : hiddenSize, states },
  ]);
  const optional = options.learnedState ? "learned" : true;
  /** Of several calls, each of a layer like this one: each is a direction. */
  const emit = (e: Emitter, calls: readonly Called[]): Readonly<Record<string, Signal>>[] => {
    const { training = false, stateful, memory = "fast", largest = Number.POSITIVE_INFINITY } = e.purpose;
    const [{ name, given }] = calls;
    const isGiven = calls.every((call) => cell.states.some((s) => call.given[`${s}0`]));
    if (stateful && options.learnedState && !isGiven) {
      throw new ShapeError(
        `${kind}: learnedState says where a call begins, stateful where the last one ended; it must be one of ` +
          "them. Leave one out.",
      );
    }
    const { T, B } = given.x.rows;
    const live = liveOf(e, given, options.masked);
    const directions = D * calls.length;
    const at = layers.map(({ I, l }): Stacked => {
      const first = (prefix: string) => e.arena.parameters.get(`${name}${prefix}_l${l}`);
      const own = (names: readonly string[]) => (names[0] ? first(names[0]) : undefined);
      return {
        cell: cell.noisy({ recurrentDropout, zoneout, training }),
        layer: l,
        name: calls
          .map((call) => call.name)
          .join("+")
          .replaceAll(".+", "+"),
        inputSize: I,
        hiddenSize,
        outputSize: P,
        directions,
        members: calls.length,
        reversed: bidirectional ? 0b10 : Number(options.reverse),
        biasW: first("bias_ih") !== undefined,
        biasR: first("bias_hh") !== undefined,
        at: {
          W: first("weight_ih")?.at ?? 0,
          R: first("weight_hh")?.at ?? 0,
          M: own(cell.matrices)?.at ?? 0,
          biasW: first("bias_ih")?.at ?? 0,
          biasR: first("bias_hh")?.at ?? 0,
          p: own(cell.parameters)?.at ?? 0,
        },
        packedAt: {
          W: first("weight_ih")?.packedAt ?? 0,
          R: first("weight_hh")?.packedAt ?? 0,
          M: own(cell.matrices)?.packedAt ?? 0,
        },
        chunk: chunkOf(T, 4 * B * directions * cell.slots * hiddenSize, memory, largest),
        dropConnect: options.dropConnect,
        live,
        outputLive: given.mask && options.masked === "repeat" ? undefined : live,
        learned: options.learnedState
          ? (s, d) => {
              const suffix = bidirectional && d === 1 ? "_reverse" : "";
              const { name: prefix } = calls[bidirectional ? 0 : d];
              return e.arena.get(`${prefix}${cell.states[s]}0_l${l}${suffix}`).at;
            }
          : undefined,
      };
    });
    return emitStack(e, at, calls, options);
  };
  // what is drawn at random is drawn by direction, of which there are two at most; several parameters or matrices of a
  // layer by itself lie side by side
  const { dropout, inputDropout, dropConnect } = options;
  const drawn = [dropout, inputDropout, recurrentDropout, dropConnect, ...Object.values(zoneout)];
  const isFew = cell.parameters.length < 2 && cell.matrices.length < 2;
  const isPlain = isFew && !bidirectional && !options.reverse && drawn.every((p) => p === 0);
  return {
    kind,
    parameters: layers.flatMap(({ I, l }) => parametersOf(cell, l, I, hiddenSize, P, options)),
    takes: {
      x: { type: "float", features: inputSize, axes: "sequence" },
      ...Object.fromEntries(shapes.map(([s, shape]) => [`${s}0`, { ...shape, optional } as const])),
      ...livePorts,
    },
    gives: () => ({
      y: { axes: "sequence", type: "float", features },
      ...Object.fromEntries(shapes.map(([s, shape]) => [`${s}n`, shape])),
    }),
    emit: (e, name, given, used) => emit(e, [{ name, given, used }])[0],
    together: isPlain ? { cell, emit } : undefined,
  };
}

/** Which steps there are, as lengths or a mask say. */
function liveOf(
  e: Emitter,
  { x, lengths, mask }: Readonly<Record<string, Signal>>,
  masked: StackOptions["masked"],
): Live | undefined {
  const { T } = x.rows;
  if (mask) return e.live(mask, T, masked);
  return lengths && e.live(lengths, T);
}

/** In the order in which they lie in memory: every block of all directions side by side. */
function parametersOf(
  cell: CellGraph,
  l: number,
  I: number,
  H: number,
  P: number,
  { bidirectional, bias, initialBias = {}, learnedState }: StackOptions,
): ParameterSpec[] {
  const directions = bidirectional ? ["", "_reverse"] : [""];
  const init = { bound: 1 / Math.sqrt(H) };
  const [W, R] = [cell.rows.W.length, cell.rows.R.length];
  const blocksR = cell.rows.R.map((gate) => cell.recurrentGates.indexOf(gate));
  const each = (
    prefix: string,
    shape: readonly number[],
    more: Partial<ParameterSpec> = {},
  ): ParameterSpec[] => directions.map((d) => ({ name: `${prefix}_l${l}${d}`, shape, init, ...more }));
  /** Rows of a bias that are constant at first; gates in the order of files. */
  const fixed = (gates: readonly number[], value: (given: number) => number) => ({
    fixed: gates.flatMap((gate, row) => {
      const given = initialBias[cell.gates[gate]];
      return given === undefined ? [] : [{ first: row * H, count: H, value: value(given) }];
    }),
  });
  const hasR = R > 0;
  const has = (which: "input" | "recurrent"): boolean => bias === "both" || bias === which;
  // A constant is W's alone, where W has a bias.
  const ofR = (given: number): number => (has("input") ? 0 : given);
  return [
    ...each("weight_ih", [W * H, I], { blocks: cell.rows.W, packed: true }),
    ...(hasR ? each("weight_hh", [R * H, P], { blocks: blocksR, packed: true }) : []),
    ...(has("input")
      ? each("bias_ih", [W * H], { blocks: cell.rows.W, ...fixed([...cell.gates.keys()], (given) => given) })
      : []),
    ...(has("recurrent") && hasR
      ? each("bias_hh", [R * H], { blocks: blocksR, ...fixed(cell.recurrentGates, ofR) })
      : []),
    ...cell.matrices.flatMap((m) => each(m, [P, H], { packed: true })),
    ...cell.parameters.flatMap((p) => {
      const constant = cell.initial[p];
      return each(p, [H], constant === undefined ? {} : { init: { constant } });
    }),
    ...(learnedState
      ? cell.states.flatMap((s, k) => each(`${s}0`, [k === 0 ? P : H], { init: { constant: 0 } }))
      : []),
  ];
}
