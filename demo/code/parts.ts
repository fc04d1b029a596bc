// What the programs of both exercises have in common.

import type { Settings } from "../settings.js";

const backendCalls = { auto: "await bestBackend()", webgpu: "await webgpu()", cpu: "cpu()" };
const backendNames = { auto: "bestBackend", webgpu: "webgpu", cpu: "cpu" };

/** Imports `names`, and what every program of these settings needs. */
export function importsOf({ backend, cell, optimizer }: Settings, names: readonly string[]): string {
  const all = [...names, "crossEntropy", backendNames[backend], cell, optimizer];
  return `import { ${all.sort((a, b) => a.localeCompare(b, "en")).join(", ")} } from "webrnn";`;
}

export const backendOf = ({ backend }: Settings): string => `const backend = ${backendCalls[backend]};
console.log(backend.kind, backend.name, backend.reason);`;

/** The options of a trainer that say how it learns. */
export function trainingOf({ optimizer, lr, clip, seed }: Settings): string {
  const momentum = optimizer === "sgd" ? ", momentum: 0.9" : "";
  const bound = Number.isFinite(clip) ? `\n  clipNorm: ${clip},` : "";
  return `  loss: crossEntropy(),
  optimizer: ${optimizer}({ lr: ${lr}${momentum} }),${bound}
  seed: ${seed},`;
}
