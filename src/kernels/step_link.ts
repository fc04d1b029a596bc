// What the texts of a recurrent layer's kernels are linked with, floor 2: places in time, activations, and what is drawn
// where they read it.

import activations from "../../shaders/activations.wgsl?raw";
import randomWgsl from "../../shaders/random.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import places from "../../shaders/step_places.wgsl?raw";
import drawnWgsl from "../../shaders/step_random.wgsl?raw";
import { link } from "./kernel.js";

/** reads: whether it reads the run. */
export function linkLayer(reads: boolean, ...texts: readonly string[]): string {
  return link(...texts, places, activations, ...(reads ? [runWgsl, randomWgsl, drawnWgsl] : []));
}
