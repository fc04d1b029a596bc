// Prints a cell's single step as the WGSL that shaders/step_subgroups.wgsl is linked with, floor 2: sums over a
// subgroup's invocations, from the weights as they lie, a row's numbers side by side.

import type { Phase } from "../cells/program.js";
import { unitsOfSubgroups } from "./step_layout.js";
import { loopsOf, type Part } from "./step_part.js";
import { printLayer } from "./step_text.js";
import { memory, printPhase } from "./step_text_phase.js";
import { array, base, printInput, rowOf, startOf } from "./step_text_places.js";

/** Stands before all other texts. */
export const enabled = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n";

/** The text, without the shader and its activations. */
export function printSubgroups(phase: Phase, part: Part): string {
  const { cell } = part;
  const lines = ["let b = sequence(b_);", ...phase.exchanges.map((_, e) => `var e${e} = 0.0;`)];
  for (const { fed, depth, sums } of loopsOf(phase.exchanges, cell)) {
    lines.push("{", `  let at = ${base(fed, "b")};`);
    sums.forEach(({ matrix }, n) => {
      lines.push(`  var p${n} = 0.0;`);
      if (matrix) lines.push(`  let row${n} = ${rowOf(matrix, cell)};`);
    });
    lines.push(`  for (var k = lane; k < params.${depth}; k += lanes) {`);
    lines.push(`    let u = ${array(fed)}[at + k];`);
    sums.forEach(({ matrix }, n) => {
      lines.push(`    p${n} += ${matrix ? `weights[row${n} + k] * ` : ""}u;`);
    });
    lines.push("  }");
    sums.forEach(({ exchange, term }, n) => {
      const start = startOf(part, phase.exchanges[exchange].product, term);
      lines.push(`  e${exchange} += ${start} + subgroupAdd(p${n});`);
    });
    lines.push("}");
  }
  return [
    `const UNITS = ${unitsOfSubgroups}u;`,
    ...printLayer(part, false),
    ...printInput(part),
    "fn finish(t: u32, b_: u32, d: u32, j: u32, lane: u32, lanes: u32, isThere: bool) {",
    ...lines.map((line) => `  ${line}`),
    "  if isThere && lane == 0u {",
    ...printPhase(phase, cell, memory),
    "  }",
    "}",
    "",
  ].join("\n");
}
