// A caller's buffers in place of a plan's, floor 4: checked here, because WebGPU would report them later and elsewhere, and
// bound by bind groups that are kept for as long as those buffers live.

import { DeviceError } from "../../errors.js";
import { type Buffer, size } from "../../plan/plan.js";
import { COPY_DST, COPY_SRC, STORAGE } from "./flags.js";
import type { Binding, Place, Recording } from "./recording.js";

/** offset and size in bytes, as in a GPUBufferBinding. */
export interface External {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  readonly size?: number;
}

/** A path of the caller's buffers, one a level, ends in the bind groups by their offsets. */
interface Node {
  readonly next: WeakMap<GPUBuffer, Node>;
  readonly groups: Map<string, readonly GPUBindGroup[]>;
}

export class ExternalGroups {
  readonly #recording: Recording;
  /** The bind groups of the plan's own buffers. */
  readonly #own: readonly GPUBindGroup[];
  readonly #place: (buffer: Buffer) => Place;
  readonly #alignment: number;
  readonly #usages: ReadonlyMap<Buffer, number>;
  readonly #root: Node = { next: new WeakMap(), groups: new Map() };

  /** place: where the plan's own buffers lie. alignment: minStorageBufferOffsetAlignment. */
  constructor(
    recording: Recording,
    own: readonly GPUBindGroup[],
    place: (buffer: Buffer) => Place,
    alignment: number,
  ) {
    this.#recording = recording;
    this.#own = own;
    this.#place = place;
    this.#alignment = alignment;
    this.#usages = usages(recording);
  }

  /** One group for each of the recording's bindings. Throws DeviceError where a buffer will not do. */
  groups(external: ReadonlyMap<Buffer, External>): readonly GPUBindGroup[] {
    for (const buffer of external.keys()) {
      if (!this.#usages.has(buffer)) {
        throw new DeviceError(
          `${buffer.name}: is no buffer of this plan; give the plan's own inputs and outputs.`,
        );
      }
    }
    let node = this.#root;
    let key = "";
    for (const [id, buffer] of this.#recording.plan.buffers.entries()) {
      const given = external.get(buffer);
      if (given) {
        this.#check(buffer, given);
        node = descend(node, given.buffer);
        key += `${id}@${given.offset ?? 0} `;
      }
    }
    let groups = node.groups.get(key);
    if (!groups) {
      groups = this.#make(external);
      node.groups.set(key, groups);
    }
    return groups;
  }

  #make(external: ReadonlyMap<Buffer, External>): GPUBindGroup[] {
    const place = (buffer: Buffer): GPUBufferBinding => {
      const { buffer: gpu, offset = 0 } = external.get(buffer) ?? this.#place(buffer);
      return { buffer: gpu, offset, size: size(buffer) * 4 };
    };
    return this.#recording.bindings.map((binding, n) => {
      if (!binding.buffers.some((buffer) => external.has(buffer))) {
        return this.#own[n];
      }
      checkAliasing(binding, place);
      return this.#recording.group(binding, place);
    });
  }

  #check(buffer: Buffer, { buffer: gpu, offset = 0, size: given }: External): void {
    const wanted = this.#usages.get(buffer) ?? 0;
    for (const [bit, name] of usageNames) {
      if (wanted & bit && !(gpu.usage & bit)) {
        throw new DeviceError(
          `${buffer.name}: the GPUBuffer lacks ${name} usage (its usage is 0x${gpu.usage.toString(16)}); ` +
            `create it with GPUBufferUsage.${name}.`,
        );
      }
    }
    if (offset % this.#alignment !== 0) {
      throw new DeviceError(
        `${buffer.name}: the offset is ${offset} bytes, it must be a multiple of ${this.#alignment} on this ` +
          "device (minStorageBufferOffsetAlignment); place it there.",
      );
    }
    const bytes = size(buffer) * 4;
    const room = Math.min(given ?? Number.POSITIVE_INFINITY, gpu.size - offset);
    if (room < bytes) {
      throw new DeviceError(
        `${buffer.name}: the GPUBuffer has ${room} bytes from offset ${offset} on, it must have ${bytes} ` +
          `([${buffer.shape.join(", ")}]); give a larger one.`,
      );
    }
  }
}

const usageNames = [
  [STORAGE, "STORAGE"],
  [COPY_SRC, "COPY_SRC"],
  [COPY_DST, "COPY_DST"],
] as const;

/** What a plan does with each of its buffers, as bits of GPUBufferUsage. STORAGE always: that is the rule for callers. */
function usages({ plan }: Recording): Map<Buffer, number> {
  const wanted = new Map<Buffer, number>(plan.buffers.map((buffer) => [buffer, STORAGE]));
  const add = (buffer: Buffer, bit: number) => wanted.set(buffer, (wanted.get(buffer) ?? 0) | bit);
  for (const { from, to } of [...plan.before, ...plan.after]) {
    if (from) {
      add(from.buffer, COPY_SRC);
    }
    add(to.buffer, COPY_DST);
  }
  return wanted;
}

function descend(node: Node, buffer: GPUBuffer): Node {
  let next = node.next.get(buffer);
  if (!next) {
    next = { next: new WeakMap(), groups: new Map() };
    node.next.set(buffer, next);
  }
  return next;
}

/** WebGPU refuses a dispatch that writes a buffer and binds it a second time, whatever the offsets. */
function checkAliasing({ kernel, buffers }: Binding, place: (buffer: Buffer) => GPUBufferBinding): void {
  const writes = Object.values(kernel.bindings).map((access) => access.startsWith("read_write"));
  const seen = new Map<GPUBuffer, number>();
  buffers.forEach((buffer, n) => {
    const gpu = place(buffer).buffer;
    const before = seen.get(gpu);
    if (before !== undefined && (writes[before] || writes[n])) {
      throw new DeviceError(
        `${buffer.name}: lies in one GPUBuffer with ${buffers[before].name}, which ${kernel.name} uses with it, ` +
          "and WebGPU lets no dispatch write a buffer that it binds twice; give two GPUBuffers.",
      );
    }
    seen.set(gpu, n);
  });
}
