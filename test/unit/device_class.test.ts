// What is measured says which class a device is of, and noise does not change it.

import { expect, test } from "vitest";
import { nearest } from "../../src/backends/webgpu/calibrate.js";
import { hardware, ordinary } from "../../src/plan/device_class.js";
import { Random } from "../../src/random.js";

const classes = [ordinary, ...hardware];

test("a device of a class is found to be of it, however much its clock is off by a quarter", () => {
  const random = new Random(1);
  const off = (): number => 0.8 * (1.25 / 0.8) ** random.uniform();
  for (const one of classes) {
    expect(nearest(one)).toBe(one);
    for (let n = 0; n < 100; n++) {
      const { launch, barrier, bytesPerSecond, flopsPerSecond } = one;
      const measured = {
        launch: launch * off(),
        barrier: barrier * off(),
        bytesPerSecond: bytesPerSecond * off(),
        flopsPerSecond: flopsPerSecond * off(),
      };
      expect(nearest(measured)).toBe(one);
    }
  }
});

test("a device between classes or beyond them is of the nearest", () => {
  expect(nearest({ launch: 2e-5, barrier: 2e-6, bytesPerSecond: 3e10, flopsPerSecond: 3e11 }).name).toBe(
    "integrated",
  );
  expect(nearest({ launch: 3e-6, barrier: 4e-7, bytesPerSecond: 8e11, flopsPerSecond: 7e12 }).name).toBe(
    "ordinary",
  );
  expect(nearest({ launch: 1e-6, barrier: 2e-7, bytesPerSecond: 2e13, flopsPerSecond: 1e14 }).name).toBe(
    "server",
  );
});
