// The float16 that is nearest to a number, against a search among all of them.

import { expect, test } from "vitest";
import { halfOf } from "../../src/kernels/half.js";
import { Random } from "../../src/random.js";
import { halves } from "../halves.js";

function nearest(size: number): number {
  const above = halves.findIndex((half) => half >= size);
  if (above < 0) return size < 65_520 ? halves.length - 1 : 0x7c00;
  if (halves[above] === size || above === 0) return above;
  const [down, up] = [size - halves[above - 1], halves[above] - size];
  if (down === up) return above % 2 === 0 ? above : above - 1;
  return down < up ? above - 1 : above;
}

test("every float16 is its own, and any other number the nearest", () => {
  halves.forEach((half, bits) => {
    if (halfOf(half) !== bits) expect([half, halfOf(half)]).toEqual([half, bits]);
  });
  const random = new Random(3);
  for (let n = 0; n < 2_000; n += 1) {
    const value = random.normal() * 2 ** Math.round(8 * random.normal());
    const sign = value < 0 ? 0x8000 : 0;
    expect(halfOf(value), String(value)).toBe(sign | nearest(Math.abs(value)));
  }
  for (const value of [65_504, 65_519, 65_520, 1e9, 2 ** -25, 3 * 2 ** -26, 2 ** -14 - 2 ** -25, 2047.5, 0]) {
    expect(halfOf(value), String(value)).toBe(nearest(value));
    expect(halfOf(-value), String(-value)).toBe(0x8000 | nearest(value));
  }
  expect(halfOf(Number.NaN)).toBe(0x7e00);
});
