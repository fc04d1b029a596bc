// A caller's buffers in place of a plan's, floor 4: checked here, because WebGPU would report them later and
// elsewhere, and bound by bind groups that are kept for as long as those buffers live.

import { DeviceError } from "../../errors.js";
import { type Buffer, type Plan, size } from "../../plan/plan.js";
import { COPY_DST, COPY_SRC, STORAGE } from "./flags.js";
import type { Binding, Place, Recording } from "./recording.js";

/** offset and size in bytes, as in a GPUBufferBinding. */
export interface External {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  readonly size?: number;
}

/** A path of the caller's buffers, one a level, ends in the bind groups by their offsets. */
class Node {
  readonly next = new WeakMap<GPUBuffer, Node>();
  readonly groups = new Map<string, readonly GPUBindGroup[]>();
}

export class ExternalGroups {
  readonly #recording: Recording;
  /** The bind groups of the plan's own buffers. */
  readonly #own: readonly GPUBindGroup[];
  readonly #alignment: number;
  readonly #usages: ReadonlyMap<Buffer, number>;
  readonly #root = new Node();

  /** alignment: minStorageBufferOffsetAlignment. */
  constructor(recording: Recording, own: readonly GPUBindGroup[], alignment: number) {
    this.#recording = recording;
    this.#own = own;
    this.#alignment = alignment;
    this.#usages = usages(recording.plan);
  }

  /**
   * One group for each of the recording's bindings. place: where each buffer of the plan lies, those in
   * `external` too.
   *
   * Throws DeviceError where a buffer will not do.
   */
  groups(external: ReadonlyMap<Buffer, External>, place: (buffer: Buffer) => Place): readonly GPUBindGroup[] {
    let node = this.#root;
    let key = "";
    for (const [buffer, usage] of this.#usages) {
      const given = external.get(buffer);
      if (given) {
        checkExternal(buffer, given, usage, this.#alignment);
        const next = node.next.get(given.buffer) ?? new Node();
        node.next.set(given.buffer, next);
        node = next;
        key += `${buffer.name}@${given.offset ?? 0} `;
      }
    }
    const groups = node.groups.get(key) ?? this.#make(external, place);
    node.groups.set(key, groups);
    return groups;
  }

  #make(external: ReadonlyMap<Buffer, External>, place: (buffer: Buffer) => Place): GPUBindGroup[] {
    const { bindings, plan } = this.#recording;
    return bindings.map((binding, n) => {
      const isOwn = n < this.#own.length;
      // a view is copied out where the caller has memory for it
      const whose = isOwn ? binding.buffers : binding.buffers.filter((buffer) => plan.views.has(buffer));
      if (!whose.some((buffer) => external.has(buffer))) return this.#own[n];
      checkAliasing(binding, place);
      return this.#recording.group(binding, place);
    });
  }
}

/**
 * What a plan does with each of its buffers, as bits of GPUBufferUsage. STORAGE always: that is the rule for
 * callers.
 */
function usages({ buffers, views, before, after }: Plan): Map<Buffer, number> {
  const copies = [...before, ...after];
  return new Map(
    [...buffers, ...views.keys()].map((buffer) => {
      const isSource = copies.some(({ from }) => from?.buffer === buffer);
      const isTarget = copies.some(({ to }) => to.buffer === buffer);
      return [buffer, STORAGE | (isSource ? COPY_SRC : 0) | (isTarget ? COPY_DST : 0)];
    }),
  );
}

function checkExternal(buffer: Buffer, given: External, usage: number, alignment: number): void {
  const { buffer: gpu, offset = 0, size: bound = gpu.size - offset } = given;
  const bytes = size(buffer) * 4;
  const room = Math.min(bound, gpu.size - offset);
  if (usage & ~gpu.usage || offset % alignment !== 0 || room < bytes) {
    throw new DeviceError(
      `${buffer.name}: the GPUBuffer has usage ${gpu.usage} and ${room} bytes from ${offset} on, it must have usage ` +
        `${usage} (${STORAGE} is STORAGE, ${COPY_SRC} COPY_SRC, ${COPY_DST} COPY_DST) and ${bytes} bytes from a ` +
        `multiple of ${alignment} on; give such a one.`,
    );
  }
}

/** WebGPU refuses a dispatch that writes a buffer and binds it a second time, whatever the offsets. */
function checkAliasing({ kernel, buffers }: Binding, place: (buffer: Buffer) => Place): void {
  const writes = Object.values(kernel.bindings).map((access) => access.startsWith("read_write"));
  const places = buffers.map((buffer) => place(buffer).buffer);
  places.forEach((gpu, n) => {
    const other = places.indexOf(gpu);
    if (other < n && (writes[other] || writes[n])) {
      throw new DeviceError(
        `${buffers[n].name}: lies in one GPUBuffer with ${buffers[other].name}, and ${kernel.name} writes it, ` +
          "which WebGPU refuses; give two.",
      );
    }
  });
}
