// What a shader's text says of its workgroup, floor 3: its size and its bytes of memory. Not every implementation of WebGPU
// checks the bytes (wgpu ran 16,896 under a limit of 16,384), so check() counts them itself.

import { ShapeError } from "../errors.js";

export interface Workgroup {
  readonly size: readonly [number, number, number];
  readonly bytes: number;
}

const scalars: Readonly<Record<string, number>> = { f32: 4, u32: 4, i32: 4, f16: 2 };
const suffixes: Readonly<Record<string, string>> = { f: "f32", u: "u32", i: "i32", h: "f16" };

/** Reads @workgroup_size and every var<workgroup>. Lengths are sums and products of literals and module constants. */
export function workgroup(wgsl: string): Workgroup {
  const text = wgsl.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*/g, "");
  const constants = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/\bconst\s+(\w+)\s*(?::\s*\w+\s*)?=\s*([^;]+);/g)) {
    constants.set(name, value);
  }
  const factor = (word: string): number => {
    const constant = constants.get(word);
    if (constant !== undefined) {
      return number(constant);
    }
    if (!/^\d+[ui]?$/.test(word)) {
      throw new ShapeError(
        `workgroup: cannot read the length "${word}"; write sums and products of literals.`,
      );
    }
    return Number.parseInt(word, 10);
  };
  const number = (sum: string): number =>
    sum
      .split("+")
      .map((product) => product.split("*").reduce((value, word) => value * factor(word.trim()), 1))
      .reduce((a, b) => a + b);
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(text)?.[1] ?? "1";
  const [x, y = 1, z = 1] = sizes
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .map(number);
  let bytes = 0;
  for (const [, type] of text.matchAll(/var\s*<\s*workgroup\s*>\s*\w+\s*:\s*([^;]+);/g)) {
    // the layout of several variables is the implementation's; each is counted in whole 16 bytes, as WebGPU does
    bytes += roundUp(layout(type.replace(/\s/g, ""), number).size, 16);
  }
  return { size: [x, y, z], bytes };
}

/** Size and alignment of a type in bytes, by the rules of WGSL section "Memory Layout". */
function layout(type: string, number: (word: string) => number): { size: number; align: number } {
  const scalar = scalars[type];
  if (scalar !== undefined) {
    return { size: scalar, align: scalar };
  }
  const atomic = /^atomic<(.+)>$/.exec(type);
  if (atomic) {
    return layout(atomic[1], number);
  }
  const vector = /^vec([234])(?:<(\w+)>|([fuih]))$/.exec(type);
  if (vector) {
    const one = scalars[vector[2] ?? suffixes[vector[3]]];
    const n = Number(vector[1]);
    return { size: n * one, align: (n === 3 ? 4 : n) * one };
  }
  const array = /^array<(.+),([^,<>]+)>$/.exec(type);
  if (array) {
    const element = layout(array[1], number);
    return { size: number(array[2]) * roundUp(element.size, element.align), align: element.align };
  }
  throw new ShapeError(`workgroup: cannot read the type "${type}"; use scalars, vectors and arrays of them.`);
}

function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
