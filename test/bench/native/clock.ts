// How long the GPU is at work, in seconds: by timestamps at both ends of every pass where the device has them, else
// by the host's clock, from a submit to the end of the work, less what an empty one takes.

import type { Dawn } from "./dawn.js";

export interface Clock {
  /** Of the passes that `submit` submits, the least of so many times. */
  time(submit: () => unknown, times: number): Promise<number>;
  readonly by: "timestamps" | "the host's clock";
}

/** What is slow is not repeated for longer than this, in seconds. */
const patience = 2;

/** The least of so many numbers. */
export async function least(measure: () => Promise<number>, times: number): Promise<number> {
  let found = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * patience;
  for (let n = 0; n < times && (n === 0 || performance.now() < end); n += 1) {
    found = Math.min(found, await measure());
  }
  return found;
}

/** Seconds that a task takes by the host's clock. */
export async function seconds(task: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await task();
  return (performance.now() - begun) / 1000;
}

/** Passes of one submit that can be timed. */
const mostPasses = 64;

export async function clockOf({ device, hasClock }: Dawn): Promise<Clock> {
  const host = hostClock(device);
  if (!hasClock) {
    const empty = () => device.queue.submit([device.createCommandEncoder().finish()]);
    const floor = await host(empty, 20);
    return {
      time: async (submit, times) => Math.max(1e-9, (await host(submit, times)) - floor),
      by: "the host's clock",
    };
  }
  return { time: stamps(device), by: "timestamps" };
}

function hostClock(device: GPUDevice): Clock["time"] {
  const once = (submit: () => unknown) => async () => {
    await submit();
    await device.queue.onSubmittedWorkDone();
  };
  return (submit, times) => least(() => seconds(once(submit)), times);
}

/** Every pass that the device is asked for gets two timestamps from here on. */
function stamps(device: GPUDevice): Clock["time"] {
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = {
    QUERY_RESOLVE: 512,
    COPY_SRC: 4,
    COPY_DST: 8,
    MAP_READ: 1,
  };
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 * mostPasses });
  const bytes = 16 * mostPasses;
  const resolved = device.createBuffer({ size: bytes, usage: QUERY_RESOLVE | COPY_SRC });
  const staging = device.createBuffer({ size: bytes, usage: COPY_DST | MAP_READ });
  let passes = 0;
  const makeEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = makeEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = () => {
      const at = Math.min(passes, mostPasses - 1);
      passes += 1;
      return begin({
        timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * at, endOfPassWriteIndex: 2 * at + 1 },
      });
    };
    return encoder;
  };
  const once = async (submit: () => unknown): Promise<number> => {
    passes = 0;
    await submit();
    const encoder = makeEncoder();
    encoder.resolveQuerySet(querySet, 0, 2 * mostPasses, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_READ);
    const ticks = new BigInt64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    const used = Math.min(passes, mostPasses);
    const each = Array.from({ length: used }, (_, k) => Number(ticks[2 * k + 1] - ticks[2 * k]) / 1e9);
    return each.reduce((sum, one) => sum + one, 0);
  };
  return (submit, times) => least(() => once(submit), times);
}
