// No invocation of a workgroup touches what another writes without a barrier between them; and each barrier is there
// for something: without it there is a race.

import { describe, expect, test } from "vitest";
import { textOf } from "../../src/kernels/texts.js";
import type { Case } from "../kernel_cases/case.js";
import { ctcCases } from "../kernel_cases/ctc.js";
import { lossCases } from "../kernel_cases/losses.js";
import { rowCases } from "../kernel_cases/rows.js";
import { stepCases } from "../kernel_cases/steps.js";
import { racesOf } from "../races.js";

/** Of each kernel with barriers that the interpreter can follow a small case: how its title begins and ends. */
const some = [
  ["ctc_gradient", "of unlike lengths"],
  ["layer_norm", "6x65 y, weight"],
  ["probe", "3 groups, 5 exchanges, 0 reads, 0 terms"],
  ["softmax", "3x4x7 lengths 5 0 7 1"],
  ["softmax_cross_entropy", '3x5x2 {"alone":false}'],
  ["sum", "13 in 1, added"],
] as const;
const cases: readonly Case[] = [...ctcCases, ...lossCases, ...rowCases, ...stepCases];
const barrier = /(?:workgroup|storage)Barrier\(\);/;

describe.each(some)("%s %s", (name, end) => {
  const found = cases.find(({ title }) => title.startsWith(name) && title.endsWith(` ${end}`));
  if (!found) throw new Error(`there is no case ${name} … ${end}`);
  const wgsl = textOf(found.kernel);

  test("has no race", () => expect(racesOf(found, wgsl)).toEqual([]));

  test("needs each of its barriers", () => {
    const parts = wgsl.split(barrier);
    expect(parts.length).toBeGreaterThan(1);
    for (let k = 1; k < parts.length; k += 1) {
      const without = parts.reduce((text, part, n) => text + (n === k ? "" : "workgroupBarrier();") + part);
      expect(racesOf(found, without).length, `without barrier ${k}`).toBeGreaterThan(0);
    }
  });
});
