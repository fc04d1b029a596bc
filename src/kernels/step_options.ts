// What is asked of the kernels of a recurrent layer's step, floor 2: of those that do one step a dispatch and of those
// that do all. The same options give the same kernels.

import type { CellGraph } from "../cells/cell.js";
import type { Program } from "../cells/program.js";
import type { Part, Widths } from "./step_part.js";

export interface StepOptions {
  readonly backward: boolean;
  readonly bias: boolean;
  /** Forward: whether W x is a product of the step too; and whether W has a bias. */
  readonly fused?: boolean;
  readonly biasW?: boolean;
  /** Forward, of one sequence: whether x is a row of a table among the weights, which a token names. */
  readonly named?: boolean;
  /** Forward: whether the packed copy of the weights is of float16. */
  readonly half?: boolean;
  /** Forward: whether what the step backward needs is kept. */
  readonly keep?: boolean;
  /** Backward: whether the output has a gradient of its own; whether the states' gradients are noted. */
  readonly dy?: boolean;
  readonly norms?: boolean;
  /** Backward: whether the states' gradients are clipped or cut between steps. */
  readonly bounded?: boolean;
  /** Whether a table says which steps of which sequences there are. */
  readonly live?: boolean;
  /** Forward: whether states but the output are kept of a chunk of steps alone. */
  readonly chunked?: boolean;
  /** Sequences that an invocation (step) or a workgroup (scan) owns. */
  readonly tile: number;
  /** Step: units that an invocation owns, 1 unless given; where parts are not split. */
  readonly units?: number;
  /** Step: whether a subgroup shares a unit; of a single step of inference, whose W x is its own. */
  readonly subgroups?: boolean;
  /** Step: whether an invocation reads matrices as they lie, by fours; where one sequence is all that it owns. */
  readonly rows?: boolean;
  /** How sums are cut into parts: as many as so many invocations have one each. */
  readonly threads: number;
  /** Step: whether parts are spread over the invocations of a workgroup. */
  readonly split?: boolean;
  /** Scan: whether invocations hold their weights in registers. */
  readonly resident?: boolean;
  readonly widths: Widths;
}

export function programOf(
  cell: CellGraph,
  options: Pick<StepOptions, "backward" | "keep" | "fused" | "dy" | "norms" | "bounded">,
): Program {
  const { backward, keep = false, fused = false, dy = false, norms = false, bounded = false } = options;
  return backward ? cell.backward({ dy, norms, bounded }) : cell.forward(keep, fused);
}

/** What the text of a part hangs on, but for its phases. */
export function partOf(
  cell: CellGraph,
  { backward, bias, biasW, named, half = false, live = false, chunked = false }: StepOptions,
): Pick<Part, "cell" | "backward" | "bias" | "biasW" | "named" | "half" | "live" | "chunked"> {
  const isHalf = half && !backward;
  // without a table of live steps a chunk's text is the same
  return { cell, backward, bias, biasW, named, half: isHalf, live, chunked: live && chunked };
}

/** "step_backward(lstm, dy, tile 4, 1": to be closed. */
export function nameOf(kind: string, cell: CellGraph, options: StepOptions, how: readonly string[]): string {
  const {
    keep = false,
    fused = false,
    named = false,
    biasW,
    dy = false,
    norms = false,
    bounded = false,
  } = options;
  const { backward, bias, half, live, chunked } = partOf(cell, options);
  const notes = {
    "no bias": !bias,
    half,
    keep,
    fused,
    "no input bias": fused && !biasW,
    "x named": named,
    dy,
    norms,
    bounded,
    live,
    chunked,
  };
  const noted = Object.entries(notes).flatMap(([note, holds]) => (holds ? [note] : []));
  return [`${kind}${backward ? "_backward" : ""}(${cell.name}`, ...noted, ...how].join(", ");
}

/** What was made of cells, by name. */
export class Kept<Made> {
  readonly #made = new WeakMap<CellGraph, Map<string, Made>>();

  get(cell: CellGraph, name: string, make: (name: string) => Made): Made {
    const ofCell = this.#made.get(cell) ?? new Map<string, Made>();
    const made = ofCell.get(name) ?? make(name);
    this.#made.set(cell, ofCell.set(name, made));
    return made;
  }
}
