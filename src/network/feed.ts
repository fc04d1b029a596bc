// What a call brings, floor 5: inputs and targets are checked against the plan's sizes, then copied to where
// the plan reads them.

import type { Memory, Runnable, Writable } from "../backends/machine.js";
import { ShapeError, unknown } from "../errors.js";
import type { Target } from "../losses/loss.js";
import { asFloats, asInts, type Floats, type Ints, sizeOf } from "../weights/tensors.js";
import type { Feed } from "./build.js";
import type { Ready } from "./owned.js";

/** Inputs and targets by name, as users give them. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * Copies everything that a run needs. `where`: the call, as errors name it. Nothing is written if anything is
 * wrong. An initial state goes into what the plan carries, if it carries it: h0 is the first value of "h".
 */
export function feed(where: string, { built, runnable, carried }: Ready, given: Given): void {
  const writes: { buffer: Parameters<Runnable["write"]>[0]; data: Writable }[] = [];
  const states: { to: Memory; data: Writable; at: number }[] = [];
  const { target, targetLengths, ...inputs } = given;
  for (const [name, value] of Object.entries(inputs)) {
    if (built.inputs.has(name) || value === undefined) continue;
    const to = name.endsWith("0") ? carried.get(name.slice(0, -1)) : undefined;
    if (!to) {
      const known = [...built.inputs.keys(), ...(built.targets.size > 0 ? ["target"] : [])];
      throw unknown(where, "input", name, known);
    }
    const [LD, all, H] = to.buffer.shape;
    const { batchSize: B, unbatched } = built.sizes;
    const data = asFloats(`${where}: ${name}`, value as Floats, unbatched ? [LD, H] : [LD, B, H]); // its kind is checked there
    const blocks = B === all ? 1 : LD;
    const block = data.length / blocks;
    for (let n = 0; n < blocks; n += 1) {
      states.push({ to, data: data.subarray(n * block, (n + 1) * block), at: n * all * H });
    }
  }
  const tables = new Map<unknown, Uint32Array>();
  for (const [name, one] of built.inputs) {
    const data = read(`${where}: ${name}`, one, inputs[name]);
    writes.push({ buffer: one.buffer, data });
    for (const { input, make } of built.derived) {
      if (input !== name || !(data instanceof Uint32Array)) continue;
      for (const made of make(data, `${where}: ${name}`)) {
        writes.push(made);
        tables.set(made.buffer, made.data);
      }
    }
  }
  for (const [name, one] of built.targets) {
    const isAlone = built.targets.size === 1 && name === "y" && !isRecord(target);
    const of = (value: unknown): unknown => (isAlone ? value : (value as Given | undefined)?.[name]);
    const [place, suffix] = [`${where}: target`, isAlone ? "" : `.${name}`];
    const lengths =
      one.lengths && asInts(`${place}Lengths${suffix}`, of(targetLengths) as Ints, one.shape.slice(0, 1));
    const data = targetOf(place + suffix, one, of(target));
    writes.push(...one.prepare(place + suffix, data, tables.get(one.live?.table), lengths));
  }
  for (const { buffer, data } of writes) runnable.write(buffer, data);
  for (const { to, data, at } of states) to.write(data, at);
}

/** The same numbers in arrays of our own: for calls that read them later. */
export function copied(given: Given): Given {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, copyOf(value)]));
}

function copyOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return (value as Float32Array).slice(); // every array has it
  return typeof value === "object" && value !== null ? copied(value as Given) : value;
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

// The kind of what is given, if anything is, is checked by asFloats and asInts.

function read(where: string, one: Feed, value: unknown): Writable {
  if (value === undefined && one.optional) return new Float32Array(sizeOf(one.shape));
  if (one.type === "float") return asFloats(where, value as Floats, one.shape);
  return tokensIn(where, one, value as Ints);
}

/** Integers that an embedding has rows for, or any; lengths are checked where a table is made of them. */
export function tokensIn(where: string, one: Feed, value: Ints): Uint32Array {
  const ids = asInts(where, value, one.shape);
  const limit = one.vocabulary;
  for (let at = 0; at < ids.length && limit !== undefined; at++) {
    if (ids[at] >= 0 && ids[at] < limit) continue;
    throw new ShapeError(
      `${where} has ${ids[at]} at ${at}; tokens must be at least 0 and below ${limit}, the embedding's vocabulary.`,
    );
  }
  return Uint32Array.from(ids);
}

function targetOf(where: string, { type, shape, lengths }: Target, value: unknown): ArrayLike<number> {
  if (type === "int") return asInts(where, value as Ints, lengths ? rowsOf(value, shape) : shape);
  return asFloats(where, value as Floats, shape);
}

/** Of B rows that are given as an array or as a tensor, with as many columns as they have. */
function rowsOf(value: unknown, [B, most]: readonly number[]): readonly number[] {
  const { shape, length = B * most } = (value ?? {}) as { shape?: readonly number[]; length?: number };
  return [B, shape?.[1] ?? Math.ceil(length / B)];
}
