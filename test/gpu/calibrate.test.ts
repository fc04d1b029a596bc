// Which class a device is of: a program on the CPU is not measured, any other device once.

import { expect, test } from "vitest";
import { calibrate } from "../../src/backends/webgpu/calibrate.js";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { hardware, ordinary, software } from "../../src/plan/device_class.js";
import { counting } from "../counting.js";
import { testDevice } from "./device.js";

test("a software adapter has a class of its own, and nothing is run on it", async () => {
  const device = await testDevice();
  const counts = counting(device);
  const machine = await openGpu({ device });
  expect(machine.software).toBe(true);
  expect(machine.costs).toBe(software);
  expect(counts.all()).toEqual({});
  machine.dispose();
  device.destroy();
});

test("a device is measured once, whoever opens it, and nothing is left on it", async () => {
  const device = await testDevice();
  const machine = await openGpu({ device });
  const found = await calibrate(machine);
  expect([ordinary, ...hardware]).toContain(found);
  expect(machine.bytes).toBe(0);
  const counts = counting(device);
  const other = await openGpu({ device });
  expect(await calibrate(other)).toBe(found);
  expect(counts.of("submit")).toBe(0);
  machine.ensure("after it");
  device.destroy();
});

test("a class that is given is taken", async () => {
  const costs = { ...ordinary, name: "of a test" };
  const machine = await openGpu({ costs });
  expect(machine.costs).toBe(costs);
  machine.dispose();
});
