// What is measured says which class a device is of, and noise does not change it.

import { afterEach, describe, expect, test, vi } from "vitest";
import { calibrate, type Measured, nearest } from "../../src/backends/webgpu/calibrate.js";
import { hardware, ordinary } from "../../src/plan/device_class.js";
import type { Dispatch, Plan } from "../../src/plan/plan.js";
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

/** A machine that takes as long as a device of a class would, by a clock that tells tenths of a millisecond apart. */
function simulated(costs: Measured, roundTrip: number) {
  const time = { now: 0, busy: 0 };
  vi.spyOn(performance, "now").mockImplementation(() => {
    time.now += 5e-6;
    return Math.round(time.now * 1e4) / 10;
  });
  const takes = ({ params: p }: Dispatch): number =>
    costs.launch +
    2 * costs.barrier * p.exchanges +
    (p.groups * 256 * 4 * p.reads) / costs.bytesPerSecond +
    (p.groups * 256 * 32 * p.terms) / costs.flopsPerSecond;
  const onSubmittedWorkDone = async (): Promise<void> => {
    time.now += roundTrip;
  };
  const machine = {
    device: { queue: { onSubmittedWorkDone } },
    async build({ dispatches }: Plan) {
      const seconds = dispatches.reduce((sum, dispatch) => sum + takes(dispatch), 0);
      const run = async (): Promise<void> => {
        time.now += seconds;
        time.busy += seconds;
      };
      return { run, dispose: () => {} };
    },
  };
  return { time, machine: machine as unknown as Parameters<typeof calibrate>[0] }; // calls nothing else
}

describe("a device is measured", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each(classes.map((one) => [one.name, one] as const))(
    "of class %s, in less than 100 ms of its time",
    async (_, one) => {
      for (const roundTrip of [1e-4, 1e-3, 5e-3]) {
        const { time, machine } = simulated(one, roundTrip);
        expect(await calibrate(machine)).toBe(one);
        expect(time.busy).toBeLessThan(0.1);
        expect(await calibrate(machine)).toBe(one);
      }
    },
  );

  test("a slow one takes no longer", async () => {
    const phone = { launch: 2.1e-5, barrier: 3e-6, bytesPerSecond: 2e10, flopsPerSecond: 1.3e11 };
    const { time, machine } = simulated(phone, 2e-3);
    expect((await calibrate(machine)).name).toBe("integrated");
    expect(time.busy).toBeLessThan(0.1);
  });

  test("but not by a browser that answers every tenth of a second", async () => {
    const { time, machine } = simulated(classes[3], 0.1);
    expect(await calibrate(machine)).toBe(ordinary);
    expect(time.busy).toBeLessThan(1e-3);
  });
});
