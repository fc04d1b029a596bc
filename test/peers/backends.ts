// Where the peers' cases run: on the CPU in float64, and on WebGPU in node, by Dawn.

import { create } from "webgpu";
import { cpu, webgpu } from "webrnn";
import { type AnyCalls, calls } from "../agree_check.js";
import type { AnyBackend } from "../goldens_check.js";

export interface Place {
  readonly name: string;
  readonly backend: AnyBackend;
  readonly calls: AnyCalls;
  /** Float32 is no closer: the least tolerance, of max(1, the largest number). */
  readonly least: number;
}

const gpu: unknown = create(["enable-dawn-features=disable_workgroup_init"]);
Object.assign(globalThis, { dawn: gpu }); // collected, it would abort node

function place(name: string, backend: AnyBackend, least: number): Place {
  return { name, backend, calls: calls(backend), least };
}

export const places: readonly Place[] = [
  place("CPU, float64", cpu({ precision: "float64" }), 0),
  place("WebGPU", await webgpu({ gpu: gpu as GPU }), 1e-5), // node's GPU is the browser's
];
