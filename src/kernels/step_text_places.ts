// Where the numbers of a step lie, as WGSL, floor 2: the texts of src/kernels/step_places.ts's addresses, and of what
// a table of live steps says.

import type { CellGraph } from "../cells/cell.js";
import type { Matrix, Place, Product } from "../cells/expr.js";
import { bindingsOf, isBiased, type Part } from "./step_part.js";

/** Where the number of unit 0 of sequence b lies at time t; unit k lies k further. */
export function base({ in: space, index }: Place, b: string): string {
  const [H, P] = ["params.H", "params.P"];
  const [width, time] = index === 0 ? [P, "t"] : [H, "within(t, d)"]; // the output's states are kept of all steps
  switch (space) {
    case "a":
      return `(row_of(within(t, d), ${b}, d) * SLOTS + ${index}u) * ${H}`;
    case "before":
      return `row_of(slot_before(${time}, d), ${b}, d) * ${width}`;
    case "after":
      return `row_of(${time} + 1u, ${b}, d) * ${width}`;
    case "carry":
      return `row_of(${index}u, ${b}, d) * ${H}`;
    case "ds":
      return `params.ds + (((${index}u * params.D + d) * params.T + t) * params.B + ${b}) * ${H}`;
    case "p":
      return `params.p + (${index}u * params.D + d) * ${H}`;
    case "fed":
      return `(${index}u * TILE + r) * H`; // of a scan
    case "x":
      return `x_at(${b})`; // of a single step
    default:
      return `row_of(t, ${b}, d) * ${P}`;
  }
}

export function array({ in: space, index }: Place): string {
  if (space === "before" || space === "after") return `s${index}`;
  if (space === "ds") return "carry";
  return space === "p" ? "weights" : space;
}

/**
 * Where a matrix's first number for unit j lies, and how far one k is from the next. Units lie side by side.
 */
export function columns({ block, index }: Matrix, backward: boolean): { start: string; stride: string } {
  const [H, P] = ["params.H", "params.P"];
  if (block === "W") {
    const stride = `INPUT_ROWS * ${H}`;
    return { start: `params.W + d * ${stride} * params.I + ${index}u * ${H} + j`, stride };
  }
  // A further matrix is [P, H], where it is packed [H, P].
  if (block === "M") {
    return { start: `params.M + (${index}u * params.D + d) * ${H} * ${P} + j`, stride: backward ? H : P };
  }
  return backward
    ? { start: `params.R + (d * ROWS + ${index}u) * ${H} * ${P} + j`, stride: P }
    : { start: `params.R + d * ROWS * ${H} * ${P} + ${index}u * ${H} + j`, stride: `ROWS * ${H}` };
}

/** Where row j of a matrix begins among the weights, as they lie. */
export function rowOf({ block, index }: Matrix, { rows }: CellGraph): string {
  if (block === "M") return `params.M + ((${index}u * params.D + d) * params.P + j) * params.H`;
  const [count, K] = block === "W" ? [rows.W.length, "params.I"] : [rows.R.length, "params.P"];
  return `params.${block} + ((d * ${count}u + ${index}u) * params.H + j) * ${K}`;
}

/** What the sums of a product's term start from. */
export function startOf(
  part: Pick<Part, "bias" | "biasW" | "lies" | "subgroups">,
  product: Product | undefined,
  term: number,
): string {
  if (!product || term > 0 || !isBiased(part, product)) return "0.0";
  const { block, index } = product.matrices[0];
  const [at, rows] = block === "W" ? ["biasW", "INPUT_ROWS"] : ["bias", "ROWS"];
  const place = `params.${at} + (d * ${rows} + ${index}u) * params.H + j`;
  return readsFours(part) ? `weight_one(${place})` : `weights[${place}]`;
}

/** Whether the weights are bound by fours, and weight_one(i) reads one of them. */
export function readsFours({ lies, subgroups }: Pick<Part, "lies" | "subgroups">): boolean {
  return lies === true && subgroups !== true;
}

/** Where x of sequence b lies, if a part reads it. */
export function printInput(part: Part): string[] {
  const { x, tokens } = bindingsOf([part]);
  const row = tokens ? "tokens[b]" : "b";
  return x ? [`fn x_at(b: u32) -> u32 { return params.x + ${row} * params.x_b; }`] : [];
}

/** Which sequences there are: all, or those of a table, of which the longest come first. */
export function printLive(live: boolean): string[] {
  const order = "1u + params.T * params.B + params.B";
  return [
    `fn sequence(n: u32) -> u32 { return ${live ? `live[${order} + n]` : "n"}; }`,
    `fn length_of(b: u32) -> u32 { return ${live ? "live[1u + params.T * params.B + b]" : "params.T"}; }`,
    `fn code(t: u32, b: u32) -> u32 { return ${live ? `live[${order} + params.B + t * params.B + b]` : "1u"}; }`,
  ];
}
