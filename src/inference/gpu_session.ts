// The session on WebGPU, floor 5: one that records into an application's own encoder.

import type { External } from "../backends/webgpu/external.js";
import type { GpuRunnable } from "../backends/webgpu/runnable.js";
import { ShapeError, unknown, wrong } from "../errors.js";
import { livePorts } from "../layers/definition.js";
import type { Buffer } from "../plan/plan.js";
import type { GpuMemory } from "../types.js";
import { showShape } from "../weights/tensors.js";
import { SessionOfNetwork } from "./session.js";

export class GpuSessionOfNetwork extends SessionOfNetwork {
  encode(encoder: GPUCommandEncoder, buffers: Readonly<Record<string, GpuMemory | undefined>>): void {
    this.owned.ensure("session.encode");
    const { built } = this.ready;
    const runnable = this.ready.runnable as GpuRunnable; // sessions of this class are made on no other machine
    const external = new Map<Buffer, External>();
    for (const [name, memory] of Object.entries(buffers)) {
      if (memory === undefined) continue;
      const one = built.inputs.get(name) ?? built.outputs.get(name);
      if (built.derived.some(({ input }) => input === name) || (!one && name in livePorts)) {
        throw new ShapeError(
          `session.encode: ${name} is a buffer; the host must read it, to make a table of it. Use session.run.`,
        );
      }
      if (!one) {
        const known = [...built.inputs.keys(), ...built.outputs.keys()];
        throw unknown("session.encode", "input or output", name, known);
      }
      external.set(one.buffer, "buffer" in memory ? (memory as External) : { buffer: memory });
    }
    const zero: Buffer[] = [];
    for (const [name, { buffer, shape, optional }] of built.inputs) {
      if (buffers[name] !== undefined) continue;
      if (optional) {
        zero.push(buffer); // a run before may have left other numbers
        continue;
      }
      throw wrong(`session.encode: ${name}`, "missing", showShape(shape));
    }
    runnable.encode(encoder, external, zero);
  }
}
