// Where the numbers of a step lie, as WGSL, floor 2: the texts of src/kernels/step_places.ts's addresses, and of what
// a table of live steps says.

import type { Matrix, Place } from "../cells/expr.js";
import { codes } from "./live.js";
import { isHandedOn, maskedOf, type Part } from "./step_part.js";

/** Where the number of unit 0 of sequence b lies at time t; unit k lies k further. */
export function base({ in: space, index }: Place, b: string): string {
  const [H, P] = ["params.H", "params.P"];
  const [width, time] = index === 0 ? [P, "t"] : [H, "within(t, d)"];
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
  // A further matrix is [P, H], where it is packed [H, P].
  if (block === "M") {
    return { start: `params.M + (${index}u * params.D + d) * ${H} * ${P} + j`, stride: backward ? H : P };
  }
  return backward
    ? { start: `params.R + (d * ROWS + ${index}u) * ${H} * ${P} + j`, stride: P }
    : { start: `params.R + d * ROWS * ${H} * ${P} + ${index}u * ${H} + j`, stride: `ROWS * ${H}` };
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

/** What a phase does with a sequence that has no such step: nothing, or, where it is masked, what it must. */
export function printMasked(part: Part, of: "tail" | "head"): string[] {
  const { cell, live } = part;
  if (!live) return [];
  const { carries, bounds, adds } = maskedOf(part, of);
  const lines = ["let does = code(t, b);", `if does != ${codes.live}u {`];
  if (carries) {
    cell.states.forEach((_, index) => {
      const [to, from]: Place[] = [
        { in: "after", index },
        { in: "before", index },
      ];
      const copies = `${array(to)}[${base(to, "b")} + j] = ${array(from)}[${base(from, "b")} + j];`;
      const conditions = [
        isHandedOn(part, index) ? "" : `does != ${codes.absent}u`,
        index === 0 && cell.projected ? "j < params.P" : "",
      ].filter(Boolean);
      lines.push(conditions.length > 0 ? `  if ${conditions.join(" && ")} { ${copies} }` : `  ${copies}`);
    });
  }
  if (bounds) {
    lines.push(`  if does != ${codes.absent}u {`);
    cell.states.forEach((_, index) => {
      const at = `carry[${base({ in: "carry", index }, "b")} + j]`;
      lines.push(`    ${at} = gradient_kept(t, b, d) * clamp(${at}, -gradient_bound(), gradient_bound());`);
    });
    lines.push("  }");
  }
  if (adds) {
    const [to, from]: Place[] = [
      { in: "carry", index: 0 },
      { in: "dy", index: 0 },
    ];
    const sum = `${array(to)}[${base(to, "b")} + j] += ${array(from)}[${base(from, "b")} + j];`;
    lines.push(`  if does == ${codes.repeated}u && j < params.P { ${sum} }`);
  }
  return [...lines, "  return;", "}"].map((line) => `  ${line}`);
}
