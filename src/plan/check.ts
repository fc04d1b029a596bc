// Checks a plan before a device sees it, floor 3: bindings, aliasing, types, parameters, copies, and a device's limits. What
// only some devices refuse is refused everywhere. Mistakes of wiring are ShapeErrors, sizes over a limit LimitErrors.

import { LimitError, ShapeError } from "../errors.js";
import type { Kernel } from "../kernels/kernel.js";
import { type Buffer, type Copy, type Dispatch, type Plan, size } from "./plan.js";
import { si } from "./units.js";
import { workgroup } from "./workgroup.js";

/** WebGPU limits by name. One that is missing does not limit. */
export type Limits = Readonly<Record<string, number>>;

/** What every WebGPU device grants without being asked. */
export const portable: Limits = {
  maxBufferSize: 268_435_456,
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65_535,
  minUniformBufferOffsetAlignment: 256,
  minStorageBufferOffsetAlignment: 256,
};

/** Throws ShapeError or LimitError where the plan cannot run. Without limits, where it could run nowhere. */
export function check(plan: Plan, limits: Limits = {}): void {
  const known = new Set(plan.buffers);
  const bound = new Set<Buffer>();
  const kernels = new Set<Kernel>();
  for (const dispatch of plan.dispatches) {
    checkBindings(dispatch, known);
    checkParams(dispatch);
    checkWorkgroups(dispatch, limits);
    kernels.add(dispatch.kernel);
    for (const buffer of Object.values(dispatch.bound)) {
      bound.add(buffer);
    }
  }
  for (const kernel of kernels) {
    checkKernel(kernel, limits);
  }
  for (const buffer of plan.buffers) {
    checkSize(buffer, limits, bound.has(buffer));
  }
  for (const copy of [...plan.before, ...plan.after]) {
    checkCopy(copy, known);
  }
}

function checkBindings({ kernel, bound }: Dispatch, known: ReadonlySet<Buffer>): void {
  const names = Object.keys(kernel.bindings);
  const given = Object.keys(bound);
  if (names.length !== given.length || names.some((name) => !(name in bound))) {
    throw new ShapeError(
      `${kernel.name}: was given ${given.join(", ")}; it binds ${names.join(", ")}: give exactly these.`,
    );
  }
  const written = new Map<Buffer, boolean>();
  for (const name of names) {
    const buffer = bound[name];
    const access = kernel.bindings[name];
    if (!known.has(buffer)) {
      throw new ShapeError(
        `${kernel.name}: ${name} is ${buffer.name}, no buffer of this plan; plan.use() it.`,
      );
    }
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
  const names = Object.keys(kernel.params);
  const given = Object.keys(params);
  if (names.length !== given.length || names.some((name) => !(name in params))) {
    throw new ShapeError(
      `${kernel.name}: was given parameters ${given.join(", ")}; it has ${names.join(", ")}: give exactly these.`,
    );
  }
  for (const name of names) {
    const value = params[name];
    const integer = kernel.params[name] === "u32";
    const fits = integer ? value >>> 0 === value : Number.isFinite(value);
    if (!fits) {
      const wanted = integer ? "an integer from 0 to 2^32 - 1" : "finite";
      throw new ShapeError(`${kernel.name}: ${name} is ${value}, it must be ${wanted}; correct the sizes.`);
    }
  }
}

function checkWorkgroups({ kernel, params }: Dispatch, limits: Limits): void {
  const groups = kernel.workgroups(params);
  const most = limits.maxComputeWorkgroupsPerDimension ?? Number.POSITIVE_INFINITY;
  if (groups.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(
      `${kernel.name}: is dispatched as [${groups.join(", ")}] workgroups; each must be at least 1: leave it out.`,
    );
  }
  if (groups.some((n) => n > most)) {
    throw new LimitError(
      `${kernel.name}: is dispatched as [${groups.join(", ")}] workgroups; this device runs at most ${most} a ` +
        "dimension. Use a shorter sequenceLength or a smaller batchSize.",
    );
  }
}

/** What a kernel's text asks of a device, whatever the sizes. */
function checkKernel(kernel: Kernel, limits: Limits): void {
  const { bytes, size: sizes } = workgroup(kernel.wgsl);
  const asked: readonly (readonly [string, number, string])[] = [
    ["maxStorageBuffersPerShaderStage", Object.keys(kernel.bindings).length, "storage buffers"],
    ["maxComputeWorkgroupStorageSize", bytes, "bytes of workgroup memory"],
    ["maxComputeInvocationsPerWorkgroup", sizes[0] * sizes[1] * sizes[2], "invocations a workgroup"],
    ["maxComputeWorkgroupSizeX", sizes[0], "invocations along x"],
    ["maxComputeWorkgroupSizeY", sizes[1], "invocations along y"],
    ["maxComputeWorkgroupSizeZ", sizes[2], "invocations along z"],
  ];
  for (const [limit, wanted, what] of asked) {
    const most = limits[limit];
    if (most !== undefined && wanted > most) {
      throw new LimitError(
        `${kernel.name}: uses ${wanted} ${what}; this device grants ${most}. Request it with a larger ${limit}.`,
      );
    }
  }
}

/** Throws LimitError where a device cannot hold the buffer, or cannot bind it whole. */
export function checkSize(buffer: Buffer, limits: Limits, bound: boolean): void {
  const { name, shape, type, role } = buffer;
  if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(`${name}: is [${shape.join(", ")}]; every size must be an integer of at least 1.`);
  }
  const bytes = size(buffer) * 4;
  const limit =
    bound && (limits.maxStorageBufferBindingSize ?? Infinity) <= (limits.maxBufferSize ?? Infinity)
      ? "maxStorageBufferBindingSize"
      : "maxBufferSize";
  const most = limits[limit];
  if (most === undefined || bytes <= most) {
    return;
  }
  const grows = role === "weights" || role === "gradients" || role === "moments";
  const what = `[${shape.join(", ")}] ${type === "u32" ? "integers" : "floats"}`;
  const verb = limit === "maxBufferSize" ? "holds at most" : "binds at most";
  const cure = grows ? "smaller layers" : "a shorter sequenceLength or a smaller batchSize";
  throw new LimitError(
    `${name} needs ${si(bytes, "B")} (${what}); this device ${verb} ${si(most, "B")}. ` +
      `Use ${cure}, or request the device with a larger ${limit}.`,
  );
}

function checkCopy({ from, to, size: length }: Copy, known: ReadonlySet<Buffer>): void {
  const name = from ? `copy ${from.buffer.name} to ${to.buffer.name}` : `clear ${to.buffer.name}`;
  for (const end of from ? [from, to] : [to]) {
    const most = size(end.buffer);
    if (!known.has(end.buffer)) {
      throw new ShapeError(`${name}: ${end.buffer.name} is no buffer of this plan; plan.use() it.`);
    }
    if (end.at < 0 || length < 1 || end.at + length > most) {
      throw new ShapeError(
        `${name}: takes elements ${end.at} to ${end.at + length} of ${end.buffer.name}; it has ${most}: copy within it.`,
      );
    }
  }
  if (from?.buffer === to.buffer) {
    throw new ShapeError(`${name}: WebGPU refuses a copy within one buffer; copy to another.`);
  }
  if (from && from.buffer.type !== to.buffer.type) {
    throw new ShapeError(`${name}: ${from.buffer.type} into ${to.buffer.type}; both must be of one type.`);
  }
}
