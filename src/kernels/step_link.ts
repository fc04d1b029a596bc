// The whole texts of a recurrent layer's kernels, floor 2: what is printed of them, their loops over steps and sequences,
// places in time, activations, and what is drawn where they read it.

import activations from "../../shaders/activations.wgsl?raw";
import randomWgsl from "../../shaders/random.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import scanWgsl from "../../shaders/scan.wgsl?raw";
import stepWgsl from "../../shaders/step.wgsl?raw";
import places from "../../shaders/step_places.wgsl?raw";
import drawnWgsl from "../../shaders/step_random.wgsl?raw";
import subgroupsWgsl from "../../shaders/step_subgroups.wgsl?raw";
import type { Program } from "../cells/program.js";
import { link } from "./kernel.js";
import type { ScanLayout } from "./scan_layout.js";
import { printScan, type ScanText } from "./scan_text.js";
import { type Part, readsRun } from "./step_part.js";
import { enabled, printSubgroups } from "./step_subgroups_text.js";
import { printPart } from "./step_text.js";

export function stepText(part: Part): string {
  return part.subgroups && part.tail
    ? linkLayer([part], enabled, subgroupsWgsl, printSubgroups(part.tail, part))
    : linkLayer([part], stepWgsl, printPart(part));
}

export function scanText(
  program: Program,
  layout: ScanLayout,
  parts: readonly Part[],
  how: ScanText,
): string {
  return linkLayer(parts, scanWgsl, printScan(program, layout, parts, how));
}

function linkLayer(parts: readonly Part[], ...texts: readonly string[]): string {
  const drawn = parts.some(readsRun) ? [runWgsl, randomWgsl, drawnWgsl] : [];
  return link(...texts, places, activations, ...drawn);
}
