// How a product is shared out, floor 3: its tile, and into how many parts its sum over k is cut. Pure functions of its
// sizes and of what the device costs.

import { ceilDiv } from "../kernels/kernel.js";
import { sizesOf, type Tile } from "../kernels/matmul_text.js";
import { type DeviceClass, ordinary } from "./device_class.js";

const tile = (threads: readonly [number, number], block: readonly [number, number], depth: number): Tile => ({
  threads,
  block,
  depth,
});

/**
 * Straight, and by way of workgroup memory, small ones first. Of the latter no tile has more rows than threads, and none needs more
 * memory than every device grants, however its operands lie.
 */
export const tiles: readonly Tile[] = [
  tile([1, 16], [1, 4], 0),
  tile([1, 16], [2, 4], 0),
  tile([1, 16], [4, 4], 0),
  tile([4, 4], [4, 4], 0),
  tile([1, 16], [8, 4], 0),
  tile([2, 8], [8, 8], 0),
  tile([4, 4], [8, 8], 0),
  tile([1, 32], [1, 4], 16),
  tile([1, 32], [4, 4], 16),
  tile([2, 32], [4, 4], 16),
  tile([4, 16], [4, 4], 16),
  tile([8, 8], [4, 4], 16),
  tile([16, 16], [4, 4], 16),
  tile([8, 8], [8, 8], 8),
  tile([16, 16], [8, 4], 16),
  tile([16, 16], [8, 8], 8),
];

/** Sums of fewer k's are no part: the sums of parts must be stored and read again. */
const shortest = 64;
const mostParts = 64;

export interface Sizes {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly Z: number;
}

export interface Shares {
  readonly tile: Tile;
  /** Into how many parts k is cut. */
  readonly parts: number;
}

/**
 * The tile and the number of parts that take the least time by estimate. mayPart: whether k may be cut, so that sums
 * are rounded otherwise: where they are long and few, as those of weights' gradients. A device of one core never does.
 */
export function sharesOf(sizes: Sizes, device: DeviceClass = ordinary, mayPart = false): Shares {
  let best: (Shares & { seconds: number }) | undefined;
  for (const one of tiles) {
    for (let parts = 1; parts === 1 || isPart(sizes, device, parts, mayPart); parts *= 2) {
      const seconds = secondsOf(sizes, device, one, parts);
      if (!best || seconds < best.seconds) best = { tile: one, parts, seconds };
    }
  }
  return best ?? { tile: tiles[0], parts: 1 }; // there are tiles
}

function isPart({ K }: Sizes, { cores }: DeviceClass, parts: number, mayPart: boolean): boolean {
  return mayPart && cores > 1 && parts <= mostParts && K >= parts * shortest;
}

/** How long a product takes by estimate, padding included. */
export function secondsOf(
  { M, N, K, Z }: Sizes,
  device: DeviceClass,
  { block, depth, threads: grid }: Tile,
  parts: number,
): number {
  const { cores, lanes, load, word, barrier, launch } = device;
  const size = sizesOf({ block, depth, threads: grid });
  const [down, across] = [ceilDiv(M, size.M), Math.max(1, ceilDiv(N, size.N))];
  if (Math.max(down, across) > 65_535) return Number.POSITIVE_INFINITY;
  const k = ceilDiv(ceilDiv(K, parts), depth || 4) * (depth || 4);
  const [rows, columns] = block;
  // threads that read for themselves read from lines apart, where many do so at once in as many turns
  const read = (rows + columns) * (depth > 0 ? word : load * Math.max(1, lanes / 32));
  const staged = depth > 0 ? ((size.M + size.N) / size.threads) * (load + word) : 0;
  const operations = k * (2 * rows * columns + read + staged);
  /** Invocations of the core that has most to do. */
  const onCore = ceilDiv(down * across * Z * parts, cores) * size.threads;
  const waits = depth > 0 ? ceilDiv(onCore, 4 * lanes) * (k / depth) * barrier : 0;
  const summing = parts > 1 ? launch + (parts * M * N * Z * 8) / device.bytesPerSecond : 0;
  return (Math.max(onCore, lanes) * operations * cores) / device.flopsPerSecond + waits + summing;
}
