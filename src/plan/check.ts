// Checks a plan before a device sees it, floor 3: aliasing, types, numbers, copies, and a device's limits.
// What only some devices refuse is refused everywhere. Mistakes of wiring are ShapeErrors, sizes over a limit
// LimitErrors.

import { LimitError, ShapeError, smaller } from "../errors.js";
import { type Buffer, type Copy, type Dispatch, type Plan, size } from "./plan.js";

/** What every WebGPU device grants without being asked, of what a plan can ask. */
export const portable = {
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** WebGPU limits by name. One that is missing does not limit. */
export type Limits = { readonly [K in keyof typeof portable]?: number };

/** Throws ShapeError or LimitError where the plan cannot run. Without limits, where it could run nowhere. */
export function check(plan: Plan, limits: Limits = {}): void {
  for (const buffer of plan.buffers) {
    checkSize(buffer, limits);
  }
  for (const dispatch of plan.all) {
    const { kernel, params } = dispatch;
    checkBindings(dispatch);
    checkLimit(kernel.name, limits, "maxStorageBuffersPerShaderStage", Object.keys(kernel.bindings).length);
    checkLimit(kernel.name, limits, "maxComputeWorkgroupStorageSize", kernel.workgroupBytes ?? 0);
    checkLimit(
      kernel.name,
      limits,
      "maxComputeWorkgroupsPerDimension",
      Math.max(...kernel.workgroups(params)),
    );
  }
  for (const copy of [...plan.before, ...plan.after]) {
    checkCopy(copy);
  }
}

/** Throws LimitError where a device cannot bind the buffer whole. */
export function checkSize(buffer: Buffer, limits: Limits): void {
  const what = `${buffer.name} [${buffer.shape.join(", ")}]`;
  checkLimit(what, limits, "maxStorageBufferBindingSize", size(buffer) * 4);
}

/** Throws LimitError where `what` needs more than is granted. advice: what to do, if not to ask for more. */
export function checkLimit(
  what: string,
  limits: Limits,
  limit: keyof Limits,
  needs: number,
  advice: string = smaller,
): void {
  const most = limits[limit] ?? Number.POSITIVE_INFINITY;
  if (needs > most) {
    throw new LimitError(
      `${what}: needs a ${limit} of ${needs}, this device grants ${most}; ${advice}, or request more of the device.`,
    );
  }
}

function checkBindings({ kernel, bound, params }: Dispatch): void {
  const written = new Map<Buffer, boolean>();
  for (const [name, access] of Object.entries(kernel.bindings)) {
    const buffer = bound[name];
    const writes = access.startsWith("read_write");
    const before = written.get(buffer);
    if (before !== undefined && (before || writes)) {
      throw wrong(kernel.name, `${buffer.name} is bound twice and written, which WebGPU refuses`);
    }
    if (access.endsWith("u32") !== (buffer.type === "u32")) {
      throw wrong(kernel.name, `${name} is ${access}, ${buffer.name} is ${buffer.type}`);
    }
    written.set(buffer, writes);
  }
  for (const [name, type] of Object.entries(kernel.params)) {
    const value = params[name];
    if (type === "u32" ? value >>> 0 !== value : !Number.isFinite(value)) {
      throw wrong(kernel.name, `${name} is ${value}, it must be ${type}`);
    }
  }
}

function checkCopy({ from, to, size: length }: Copy): void {
  if (from && (from.buffer === to.buffer || from.buffer.type !== to.buffer.type)) {
    throw wrong("copy", `${from.buffer.name} and ${to.buffer.name} must be two buffers of one type`);
  }
  for (const { buffer, at } of from ? [from, to] : [to]) {
    if (at + length > size(buffer)) {
      throw wrong("copy", `it ends at ${at + length} of ${buffer.name}, which has ${size(buffer)}`);
    }
  }
}

function wrong(where: string, what: string): ShapeError {
  return new ShapeError(`${where}: ${what}; correct the plan.`);
}
