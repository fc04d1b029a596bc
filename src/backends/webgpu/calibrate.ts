// Which class a GPU is of, floor 4: measured once a device by a few tiny kernels, under 100 ms together, as differences
// of two sizes, so that what a round trip takes cancels out.

import { still } from "../../kernels/kernel.js";
import { flopsOfTerm, probe } from "../../kernels/probe.js";
import { type DeviceClass, hardware, ordinary } from "../../plan/device_class.js";
import { Plan } from "../../plan/plan.js";
import type { Machine } from "../machine.js";

/** What is measured, each in the unit of the class's own field. */
export type Measured = Pick<DeviceClass, "launch" | "barrier" | "bytesPerSecond" | "flopsPerSecond">;

/** Long enough to be told from a round trip. Sizes grow fourfold until one is: all of a probe is some 10 times that. */
const enough = 2e-3;
/** Sizes that are tried: what takes no time after so many is not to be measured. */
const most = 9;
/** Where an empty submit takes longer, the clock or the browser's answer is too coarse to measure with. */
const coarse = 10e-3;
/** Workgroups that keep every core busy; numbers that they read, 2 MiB, which lie in every GPU's last cache. */
const many = 1024;
const words = 2 ** 19;

/** Work of one kind: so much of it is one unit, in dispatches, exchanges, reads or terms; units at first. */
interface Probe {
  readonly of: "dispatches" | "exchanges" | "reads" | "terms";
  readonly groups: number;
  readonly first: number;
}

const probes = {
  launch: { of: "dispatches", groups: 1, first: 32 },
  barrier: { of: "exchanges", groups: 1, first: 128 },
  bytesPerSecond: { of: "reads", groups: many, first: 4 },
  flopsPerSecond: { of: "terms", groups: many, first: 2 },
} as const satisfies Record<keyof Measured, Probe>;

const known = new WeakMap<GPUDevice, Promise<DeviceClass>>();

/** The class of a machine's device: of all machines on one device it is the same. */
export function calibrate(machine: Machine & { readonly device: GPUDevice }): Promise<DeviceClass> {
  const { device } = machine;
  const before = known.get(device) ?? measure(machine, device.queue).then((m) => (m ? nearest(m) : ordinary));
  known.set(device, before);
  return before;
}

/** The class whose constants are nearest, as ratios. */
export function nearest(measured: Measured): DeviceClass {
  const names = Object.keys(probes) as (keyof Measured)[]; // its own keys
  const apart = (one: DeviceClass): number =>
    names.reduce((sum, name) => sum + Math.log(one[name] / measured[name]) ** 2, 0);
  return hardware.reduce((best, one) => (apart(one) < apart(best) ? one : best), ordinary);
}

/** Seconds between two times that the clock can tell apart. */
function tick(): number {
  const start = performance.now();
  let now = start;
  while (now === start) now = performance.now();
  return (now - start) / 1000;
}

async function measure(machine: Machine, queue: GPUQueue): Promise<Measured | undefined> {
  /** Seconds of one submit, the second of its kind: the first may take memory and clear it. */
  const seconds = async ({ of, groups }: Probe, count: number): Promise<number> => {
    const plan = new Plan();
    const input = plan.buffer("input", [words]);
    const out = plan.buffer("out", [many * 256]);
    const none = { exchanges: 0, reads: 0, terms: 0 };
    for (let n = of === "dispatches" ? count : 1; n > 0; n--) {
      plan.dispatch(probe, { input, out }, { ...none, groups, n: words, [of]: count });
    }
    const runnable = await machine.build(plan, new Map());
    await runnable.run(still);
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    await runnable.run(still);
    await queue.onSubmittedWorkDone();
    const end = performance.now();
    runnable.dispose();
    return (end - start) / 1000;
  };
  /** Seconds of one unit. */
  const each = async (of: Probe, empty: number): Promise<number> => {
    let [count, takes, unit] = [0, empty, 0];
    for (let n = 0; n < most && takes - empty < enough; n++) {
      const next = of.first * 4 ** n;
      const now = await seconds(of, next);
      unit = (now - takes) / (next - count);
      [count, takes] = [next, now];
    }
    return unit;
  };

  const empty = await seconds(probes.launch, 1);
  if (Math.max(empty, tick()) > coarse) return undefined;
  const launch = await each(probes.launch, empty);
  const exchange = await each(probes.barrier, empty);
  const read = await each(probes.bytesPerSecond, empty);
  const term = await each(probes.flopsPerSecond, empty);
  if (Math.min(launch, exchange, read, term) <= 0) return undefined;
  return {
    launch,
    barrier: exchange / 2,
    bytesPerSecond: (many * 256 * 4) / read,
    flopsPerSecond: (many * 256 * flopsOfTerm) / term,
  };
}
