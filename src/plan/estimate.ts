// How long a step of a recurrent layer takes, floor 3: a few formulas over sizes and a device's constants, after a
// roofline of launches or barriers, bytes and operations. Also what a scan needs of a workgroup's memory and registers.

import { ceilDiv } from "../kernels/kernel.js";
import { type Exchanged, partsOf, partsOfSum } from "../kernels/parts.js";
import { ownsProducts } from "../kernels/scan_layout.js";
import type { Pass } from "./choice.js";
import type { DeviceClass } from "./device_class.js";

/** What no kernel is faster than: from its first load to its last store. */
const least = 5e-7;
/** What a load takes of one at an address of each invocation's own, where neighbours load the same number. */
const alike = 0.25;

/** Weights of an exchange as a workgroup of a scan shares them out: whole rows of parts, some of them empty. */
function padded({ rows, depth }: Exchanged, threads: number): number {
  const parts = partsOf(rows, depth, threads);
  return ceilDiv(rows * parts, threads) * threads * ceilDiv(depth, parts);
}

/** Weights that each of its invocations must hold for all of them to be in registers: a word each, however stored. */
export function holds(exchanges: readonly Exchanged[], threads: number): number {
  return exchanges.reduce((n, one) => n + padded(one, threads) / threads, 0);
}

/** Bytes of workgroup memory of a scan over `tile` sequences: what products are fed with, and the sums of all parts. */
export function scanBytes(exchanges: readonly Exchanged[], threads: number, tile: number): number {
  const fed = Math.max(0, ...exchanges.map((one) => one.fed)); // one after the other in the same memory
  const sums = exchanges.map(
    ({ rows, depth, sums }) =>
      (ownsProducts(threads) ? 0 : rows * partsOf(rows, depth, threads)) + partsOfSum * sums,
  );
  return 4 * tile * (fed + Math.max(1, ...sums));
}

/** Bytes of workgroup memory of a step whose sums are split: of 64 invocations a part of each row that they own. */
export function splitBytes({ exchanges, H }: Pass, tile: number): number {
  return 4 * 64 * tile * Math.max(0, ...exchanges.map(({ rows }) => ceilDiv(rows, H)));
}

/** Seconds of a step of a scan. */
export function scanStep(
  { B, H, D, exchanges }: Pass,
  device: DeviceClass,
  { tile, threads, resident, bytes }: { tile: number; threads: number; resident: boolean; bytes: number },
): number {
  const { cores, lanes, load } = device;
  const flops = device.flopsPerSecond / cores;
  if (exchanges.length === 0)
    return (Math.max(1, (B * H * D) / (cores * lanes)) * (20 * load * lanes)) / flops;
  const groups = ceilDiv(B, tile) * D;
  const together = Math.min(groups, cores);
  const each = exchanges.map((one) => {
    const terms = padded(one, threads) + one.sums * H;
    const stream =
      bytes * one.words * Math.max(1 / device.coreBytesPerSecond, together / device.bytesPerSecond);
    const work = terms * tile * (2 + device.word);
    return 2 * device.barrier + Math.max(work / flops, resident ? 0 : stream);
  });
  return ceilDiv(groups, cores) * sum(each);
}

/** Seconds of a step that is a dispatch for each of its exchanges. */
export function stepStep(
  { B, H, D, exchanges }: Pass,
  device: DeviceClass,
  {
    tile,
    units,
    split,
    threads,
    bytes,
  }: { tile: number; units: number; split: boolean; threads: number; bytes: number },
): number {
  const lanes = device.cores * device.lanes;
  const each = exchanges.map(({ rows, depth, words, fed, sums }) => {
    const parts = split ? partsOf(rows, depth, threads) : 1;
    const invocations = ceilDiv(B, tile) * ceilDiv(H, units) * D * parts;
    const terms = words / H + sums * H;
    const work =
      (units * (2 * tile * terms + (device.load * words) / H) + device.load * alike * tile * fed) / parts;
    const busy = (work * Math.max(1, invocations / lanes) * lanes) / device.flopsPerSecond;
    const stream = (bytes * words * ceilDiv(B, tile) * D) / device.bytesPerSecond;
    return device.launch + (parts > 1 ? device.barrier : 0) + Math.max(least, busy, stream);
  });
  return sum(each);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
