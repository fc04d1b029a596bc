// webrnn's lane: the built library on WebGPU.

import { type Backend, webgpu } from "webrnn";
import { prepare } from "../../../../demo/measure/work.js";
import type { Lane } from "./lane.js";

export function webrnnLane(): Lane {
  let backend: Backend;
  return {
    async start() {
      backend = await webgpu();
      return backend.name;
    },
    async prepare(workload) {
      const work = await prepare(backend, workload);
      return { run: work.run, ...(workload.kind === "generate" && { reference: "generated" as const }) };
    },
  };
}
