// A plan as WebGPU commands, floor 4: everything that recording needs is made once, so that recording it
// makes nothing. One bind group serves all dispatches that bind the same buffers; each finds its parameters
// by a dynamic offset.

import type { Kernel } from "../../kernels/kernel.js";
import { packParams, paramBytes, runBytes, scaleAt } from "../../plan/params.js";
import type { Buffer, Copy, Plan } from "../../plan/plan.js";
import type { Life } from "../life.js";
import type { Buffers } from "./buffers.js";
import { COPY_DST, UNIFORM } from "./flags.js";
import type { Pipeline } from "./pipelines.js";

/** Where a plan's buffer lies; in bytes. */
export type Place = Required<GPUBufferBinding>;

/** What one bind group binds. */
export interface Binding {
  readonly kernel: Kernel;
  readonly layout: GPUBindGroupLayout;
  /** In the order of the kernel's storage bindings. */
  readonly buffers: readonly Buffer[];
}

interface Step {
  readonly pipeline: GPUComputePipeline;
  /** Index of its Binding. */
  readonly binding: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export class Recording {
  readonly plan: Plan;
  readonly bindings: readonly Binding[];
  /** The uniform `run`, if a kernel reads it. */
  readonly run: GPUBuffer | undefined;
  readonly #device: GPUDevice;
  readonly #params: GPUBuffer;
  readonly #offsets: Uint32Array<ArrayBuffer>;
  readonly #steps: readonly Step[];

  /** alignment: the device's minUniformBufferOffsetAlignment. */
  constructor(
    buffers: Buffers,
    owner: Life,
    plan: Plan,
    compiled: ReadonlyMap<Kernel, Pipeline>,
    alignment: number,
  ) {
    this.plan = plan;
    this.#device = buffers.device;
    const { bytes, offsets } = packParams(plan, alignment);
    this.#params = buffers.make(owner, "params", bytes.byteLength, UNIFORM | COPY_DST);
    this.#device.queue.writeBuffer(this.#params, 0, bytes);
    this.#offsets = offsets;
    const reads = plan.dispatches.some((dispatch) => dispatch.kernel.run);
    this.run = reads ? buffers.make(owner, "run", runBytes, UNIFORM | COPY_DST) : undefined;
    const ids = new Map([...plan.buffers, ...plan.views.keys()].map((buffer, id) => [buffer, id]));
    const known = new Map<string, number>();
    const bindings: Binding[] = [];
    this.#steps = plan.all.map(({ kernel, bound, params }) => {
      const { pipeline, layout } = compiled.get(kernel) as Pipeline; // all kernels of the plan are compiled
      const bindable = Object.keys(kernel.bindings).map((name) => bound[name]);
      const key = [kernel.name, ...bindable.map((buffer) => ids.get(buffer))].join();
      const binding = known.get(key) ?? bindings.push({ kernel, layout, buffers: bindable }) - 1;
      known.set(key, binding);
      const [x, y, z] = kernel.workgroups(params);
      return { pipeline, binding, x, y, z };
    });
    this.bindings = bindings;
  }

  /** The bind group of a binding whose buffers lie where `place` says. */
  group({ kernel, layout, buffers }: Binding, place: (buffer: Buffer) => Place): GPUBindGroup {
    const params = { buffer: this.#params, size: paramBytes(kernel.params) };
    const run = this.run && kernel.run ? [{ buffer: this.run }] : [];
    const resources = [params, ...buffers.map(place), ...run];
    return this.#device.createBindGroup({
      layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }

  /**
   * Records copies (before the plan's own those of `first`), one pass with all dispatches and those that copy out
   * these views, copies. groups: one for each of `bindings`.
   */
  record(
    encoder: GPUCommandEncoder,
    groups: readonly GPUBindGroup[],
    place: (buffer: Buffer) => Place,
    first: readonly Copy[],
    isWanted: (view: Buffer) => boolean,
  ): void {
    const { dispatches, views } = this.plan;
    recordCopies(encoder, first, place);
    const wanted = Array.from(views.keys()).flatMap((view, k) =>
      isWanted(view) ? [dispatches.length + k] : [],
    );
    this.#part(encoder, groups, place, 0, dispatches.length, 1, wanted);
  }

  /**
   * The same, the dispatches so many times, in as many command buffers as the plan is cut into. last: records at
   * the end of the last one; what it gives is given back.
   */
  submit<T>(
    groups: readonly GPUBindGroup[],
    place: (buffer: Buffer) => Place,
    first: readonly Copy[],
    times: number,
    last: (encoder: GPUCommandEncoder) => T,
  ): T {
    const { cuts, dispatches } = this.plan;
    for (let part = 0; ; part += 1) {
      const encoder = this.#device.createCommandEncoder();
      if (part === 0) recordCopies(encoder, first, place);
      this.#part(encoder, groups, place, cuts[part - 1] ?? 0, cuts[part] ?? dispatches.length, times);
      const result = part === cuts.length ? { is: last(encoder) } : undefined;
      this.#device.queue.submit([encoder.finish()]);
      if (result) return result.is;
    }
  }

  #part(
    encoder: GPUCommandEncoder,
    groups: readonly GPUBindGroup[],
    place: (buffer: Buffer) => Place,
    first: number,
    end: number,
    times: number,
    more: readonly number[] = [],
  ): void {
    if (first === 0) {
      const { before, scale } = this.plan;
      if (scale && this.run) {
        const { buffer, offset } = place(scale.buffer);
        encoder.copyBufferToBuffer(buffer, offset + 4 * scale.at, this.run, scaleAt, 4);
      }
      recordCopies(encoder, before, place);
    }
    if (end > first || more.length > 0) {
      this.#pass(encoder.beginComputePass(), groups, first, end, times, more);
    }
    if (end === this.plan.dispatches.length) {
      recordCopies(encoder, this.plan.after, place);
    }
  }

  #pass(
    pass: GPUComputePassEncoder,
    groups: readonly GPUBindGroup[],
    first: number,
    end: number,
    times: number,
    more: readonly number[],
  ): void {
    let current: GPUComputePipeline | undefined;
    const count = end - first;
    for (let k = 0; k < times * count + more.length; k += 1) {
      const n = k < times * count ? first + (k % count) : more[k - times * count];
      const { pipeline, binding, x, y, z } = this.#steps[n];
      if (pipeline !== current) {
        pass.setPipeline(pipeline);
        current = pipeline;
      }
      pass.setBindGroup(0, groups[binding], this.#offsets, n, 1);
      pass.dispatchWorkgroups(x, y, z);
    }
    pass.end();
  }
}

function recordCopies(
  encoder: GPUCommandEncoder,
  copies: readonly Copy[],
  place: (buffer: Buffer) => Place,
): void {
  for (const { from, to, size } of copies) {
    const target = place(to.buffer);
    const targetAt = target.offset + to.at * 4;
    const bytes = size * 4;
    if (from) {
      const source = place(from.buffer);
      const sourceAt = source.offset + from.at * 4;
      encoder.copyBufferToBuffer(source.buffer, sourceAt, target.buffer, targetAt, bytes);
    } else {
      encoder.clearBuffer(target.buffer, targetAt, bytes);
    }
  }
}
