// A recurrent layer as users know it, floor 4: a stack of layers of one cell, in one or both directions, with
// dropout between them, initial states taken and final states given. Shapes and names of weights are
// PyTorch's.

import type { CellGraph } from "../cells/cell.js";
import type { ParameterSpec } from "../plan/arena.js";
import { type LayerDefinition, livePorts, type Shape } from "./definition.js";
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
  const { numLayers, bidirectional } = options;
  const bias = options.bias === "both";
  const D = bidirectional ? 2 : 1;
  const layers = Array.from({ length: numLayers }, (_, l) => ({
    inputSize: l === 0 ? inputSize : D * hiddenSize,
    l,
  }));
  const parameters = layers.flatMap(({ inputSize: I, l }) => parametersOf(cell, l, I, hiddenSize, D, bias));
  const states = numLayers * D;
  return {
    kind,
    parameters,
    takes: {
      x: { type: "float", features: inputSize, axes: "sequence" },
      ...Object.fromEntries(
        cell.states.map((s) => [
          `${s}0`,
          { type: "float", features: hiddenSize, axes: "state", states, optional: true } as const,
        ]),
      ),
      ...livePorts,
    },
    gives: () => {
      const final: Shape = { axes: "state", type: "float", features: hiddenSize, states };
      return {
        y: { axes: "sequence", type: "float", features: D * hiddenSize },
        ...Object.fromEntries(cell.states.map((s) => [`${s}n`, final])),
      };
    },
    emit: (e, name, given, used) => {
      const at = layers.map(({ inputSize: I, l }): Stacked => {
        const first = (prefix: string) => e.arena.parameters.get(`${name}${prefix}_l${l}`);
        const own = (names: readonly string[]) => (names[0] ? first(names[0]) : undefined);
        return {
          cell,
          layer: l,
          name,
          inputSize: I,
          hiddenSize,
          directions: D,
          reversed: bidirectional ? 0b10 : Number(options.reverse),
          bias,
          at: {
            W: first("weight_ih")?.at ?? 0,
            R: first("weight_hh")?.at ?? 0,
            M: own(cell.matrices)?.at ?? 0,
            biasW: first("bias_ih")?.at ?? 0,
            biasR: first("bias_hh")?.at ?? 0,
            p: own(cell.parameters)?.at ?? 0,
          },
          packedAt: { R: first("weight_hh")?.packedAt ?? 0, M: own(cell.matrices)?.packedAt ?? 0 },
        };
      });
      return emitStack(e, at, given, used, options.dropout);
    },
  };
}

/** In the order in which they lie in memory: every block of all directions side by side. */
function parametersOf(
  cell: CellGraph,
  l: number,
  I: number,
  H: number,
  D: number,
  bias: boolean,
): ParameterSpec[] {
  const directions = D === 2 ? ["", "_reverse"] : [""];
  const init = { bound: 1 / Math.sqrt(H) };
  const [W, R] = [cell.rows.W.length, cell.rows.R.length];
  const blocksR = cell.rows.R.map((gate) => cell.recurrentGates.indexOf(gate));
  const each = (
    prefix: string,
    shape: readonly number[],
    more: Partial<ParameterSpec> = {},
  ): ParameterSpec[] => directions.map((d) => ({ name: `${prefix}_l${l}${d}`, shape, init, ...more }));
  const hasR = R > 0;
  return [
    ...each("weight_ih", [W * H, I], { blocks: cell.rows.W }),
    ...(hasR ? each("weight_hh", [R * H, H], { blocks: blocksR, packed: true }) : []),
    ...(bias ? each("bias_ih", [W * H], { blocks: cell.rows.W }) : []),
    ...(bias && hasR ? each("bias_hh", [R * H], { blocks: blocksR }) : []),
    ...cell.matrices.flatMap((m) => each(m, [H, H], { packed: true })),
    ...cell.parameters.flatMap((p) => {
      const constant = cell.initial[p];
      return each(p, [H], constant === undefined ? {} : { init: { constant } });
    }),
  ];
}
