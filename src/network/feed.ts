// What a call brings, floor 5: inputs and targets are checked against the plan's sizes, then copied to where the plan reads them.

import type { Runnable, Writable } from "../backends/machine.js";
import { ShapeError } from "../errors.js";
import type { Target } from "../losses/loss.js";
import { asFloats, asInts, type Floats, type Ints, sizeOf } from "../weights/tensors.js";
import type { Built, Feed } from "./build.js";

/** Inputs and targets by name, as users give them. */
export type Given = Readonly<Record<string, unknown>>;

/** Copies everything that a run needs. `where`: the call, as errors name it. Nothing is written if anything is wrong. */
export function feed(where: string, built: Built, runnable: Runnable, given: Given): void {
  const writes: { buffer: Parameters<Runnable["write"]>[0]; data: Writable }[] = [];
  const { target, ...inputs } = built.targets.size > 0 ? given : { ...given, target: undefined };
  for (const name of Object.keys(inputs)) {
    if (built.inputs.has(name) || inputs[name] === undefined) continue;
    throw new ShapeError(
      `${where}: there is no input "${name}"; the network takes ${[...built.inputs.keys()].join(", ")}. Rename it.`,
    );
  }
  for (const [name, one] of built.inputs) {
    const data = read(`${where}: ${name}`, one, inputs[name]);
    writes.push({ buffer: one.buffer, data });
    for (const { input, make } of built.derived) {
      if (input === name && data instanceof Uint32Array) writes.push(...make(data));
    }
  }
  for (const [name, one] of built.targets) {
    const isAlone = built.targets.size === 1 && name === "y" && !isRecord(target);
    const value = isAlone ? target : (target as Given | undefined)?.[name];
    writes.push(...targetOf(`${where}: target${isAlone ? "" : `.${name}`}`, one, value));
  }
  for (const { buffer, data } of writes) runnable.write(buffer, data);
}

/** Targets by output, as against one tensor. */
function isRecord(target: unknown): boolean {
  return (
    typeof target === "object" &&
    target !== null &&
    !ArrayBuffer.isView(target) &&
    !Array.isArray(target) &&
    !("data" in target)
  );
}

function read(where: string, one: Feed, value: unknown): Writable {
  if (value === undefined && one.optional) return new Float32Array(sizeOf(one.shape));
  if (value === undefined)
    throw new ShapeError(`${where} is missing; it must be [${one.shape.join(", ")}]. Give it.`);
  // The kind of what is given is checked by asFloats and asInts.
  if (one.type === "float") return asFloats(where, value as Floats, one.shape);
  const ids = asInts(where, value as Ints, one.shape);
  const limit = one.vocabulary ?? 0x100000000;
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] >= 0 && ids[at] < limit) continue;
    throw new ShapeError(
      `${where} has ${ids[at]} at ${at}; tokens must be at least 0 and below ${limit}, the embedding's vocabulary.`,
    );
  }
  return Uint32Array.from(ids);
}

function targetOf(where: string, one: Target, value: unknown): ReturnType<Target["prepare"]> {
  if (value === undefined)
    throw new ShapeError(`${where} is missing; it must be [${one.shape.join(", ")}]. Give it.`);
  const data =
    one.type === "int"
      ? asInts(where, value as Ints, one.shape)
      : asFloats(where, value as Floats, one.shape);
  return one.prepare(where, data);
}
