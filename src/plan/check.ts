// Checks a plan before a device sees it, floor 3: aliasing, types, numbers, copies, and a device's limits, which no type tells. What
// only some devices refuse is refused everywhere. Mistakes of wiring are ShapeErrors, sizes over a limit LimitErrors.

import { LimitError, ShapeError } from "../errors.js";
import { type Buffer, type Copy, type Dispatch, type Plan, size } from "./plan.js";
import { si } from "./units.js";

/** What every WebGPU device grants without being asked, of what a plan can ask. */
export const portable = {
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** WebGPU limits by name. One that is missing does not limit. */
export type Limits = { readonly [K in keyof typeof portable]?: number };

const smallerSizes = "Use a shorter sequenceLength or a smaller batchSize";

/** Throws ShapeError or LimitError where the plan cannot run. Without limits, where it could run nowhere. */
export function check(plan: Plan, limits: Limits = {}): void {
  for (const buffer of plan.buffers) {
    checkSize(buffer, limits);
  }
  for (const dispatch of plan.dispatches) {
    checkBindings(dispatch);
    checkParams(dispatch);
    const { kernel, params } = dispatch;
    const asks = (limit: keyof Limits, needs: number) =>
      checkLimit(kernel.name, limits, limit, needs, smallerSizes, String);
    asks("maxStorageBuffersPerShaderStage", Object.keys(kernel.bindings).length);
    asks("maxComputeWorkgroupStorageSize", kernel.workgroupBytes ?? 0);
    asks("maxComputeWorkgroupsPerDimension", Math.max(...kernel.workgroups(params)));
  }
  for (const copy of [...plan.before, ...plan.after]) {
    checkCopy(copy);
  }
}

function checkBindings({ kernel, bound }: Dispatch): void {
  const written = new Map<Buffer, boolean>();
  for (const [name, access] of Object.entries(kernel.bindings)) {
    const buffer = bound[name];
    const type = access.endsWith("u32") ? "u32" : "f32";
    if (buffer.type !== type) {
      throw new ShapeError(
        `${kernel.name}: ${name} is ${type}, ${buffer.name} is ${buffer.type}; bind a ${type}.`,
      );
    }
    const writes = access.startsWith("read_write");
    const before = written.get(buffer);
    if (before !== undefined && (before || writes)) {
      throw new ShapeError(
        `${kernel.name}: ${buffer.name} is bound twice and written; WebGPU refuses that: bind two buffers.`,
      );
    }
    written.set(buffer, writes);
  }
}

function checkParams({ kernel, params }: Dispatch): void {
  for (const [name, type] of Object.entries(kernel.params)) {
    const value = params[name];
    if (type === "u32" ? value >>> 0 !== value : !Number.isFinite(value)) {
      throw new ShapeError(
        `${kernel.name}: ${name} is ${value}, it must be a finite ${type}; correct the sizes.`,
      );
    }
  }
}

/** Throws ShapeError where a size is none, LimitError where a device cannot bind the buffer whole. */
export function checkSize(buffer: Buffer, limits: Limits): void {
  const { name, shape, role } = buffer;
  if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(`${name}: is [${shape.join(", ")}]; every size must be an integer of at least 1.`);
  }
  const isOfLayers = role === "weights" || role === "gradients" || role === "moments";
  const cure = isOfLayers ? "Use smaller layers" : smallerSizes;
  const what = `${name} [${shape.join(", ")}]`;
  checkLimit(what, limits, "maxStorageBufferBindingSize", size(buffer) * 4, cure, (bytes) => si(bytes, "B"));
}

function checkLimit(
  what: string,
  limits: Limits,
  limit: keyof Limits,
  needs: number,
  cure: string,
  show: (n: number) => string,
): void {
  const most = limits[limit] ?? Number.POSITIVE_INFINITY;
  if (needs > most) {
    throw new LimitError(
      `${what}: needs a ${limit} of ${show(needs)}; this device grants ${show(most)}. ` +
        `${cure}, or request more of the device.`,
    );
  }
}

function checkCopy({ from, to, size: length }: Copy): void {
  const ends = from ? [from, to] : [to];
  const fits = ends.every(({ buffer, at }) => at >= 0 && length >= 1 && at + length <= size(buffer));
  if (!fits || (from && (from.buffer === to.buffer || from.buffer.type !== to.buffer.type))) {
    const places = ends.map(({ buffer, at }) => `${buffer.name}[${at}]`).join(" to ");
    throw new ShapeError(
      `${from ? "copy" : "clear"} ${places}: takes ${length} elements; it must stay within buffers of one type, ` +
        "and WebGPU refuses a copy within one buffer: correct the places.",
    );
  }
}
