// How a product is shared out, floor 3: its tile, and into how many parts its sum over k is cut. Pure functions of its
// sizes and of what the device costs.

import { ceilDiv } from "../kernels/kernel.js";
import { sizesOf, type Tile } from "../kernels/matmul_form.js";
import { type DeviceClass, ordinary } from "./device_class.js";

const tile = (threads: readonly [number, number], block: readonly [number, number], depth: number): Tile => ({
  threads,
  block,
  depth,
});

/** For few rows that stand alone: threads share sums out along k. */
export const deepTiles: readonly Tile[] = [
  { ...tile([1, 4], [1, 4], 0), deep: 32 },
  { ...tile([1, 4], [4, 4], 0), deep: 32 },
];

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
  tile([1, 16], [1, 4], 16),
  tile([1, 32], [4, 4], 16),
  tile([2, 32], [4, 4], 16),
  tile([4, 16], [4, 4], 16),
  tile([8, 8], [4, 4], 16),
  tile([16, 16], [4, 4], 16),
  tile([8, 8], [8, 8], 8),
  tile([16, 16], [8, 4], 16),
  tile([16, 16], [8, 8], 8),
];

/** Those by way of workgroup memory, in float16. */
export const float16Tiles: readonly Tile[] = tiles
  .filter(({ depth }) => depth > 0)
  .map((one) => ({ ...one, float16: true }));

/** Sums of fewer k's are no part: the sums of parts must be stored and read again. */
const shortest = 64;
const mostParts = 64;
/** Elements that they may take up, all parts together. */
const mostSums = 1 << 23;

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
  /** How long it takes by estimate, the sums of parts included. */
  readonly seconds: number;
}

/**
 * What may be done about the sums beside making each in one go, so that they are rounded otherwise. partial: k may be
 * cut into parts, where sums are long and few, as those of weights' gradients. alone: of few rows, threads may share
 * sums out, where no other product makes some of the same sums.
 */
export type Freedom = "partial" | "alone" | undefined;

/**
 * The tile and the number of parts that take the least time by estimate. A device of one core never cuts sums. float16:
 * whether products may be made in it; where there is none, of no columns, nothing would be gained.
 */
export function sharesOf(
  sizes: Sizes,
  device: DeviceClass = ordinary,
  freedom?: Freedom,
  float16 = false,
): Shares {
  let best: Shares | undefined;
  const candidates = [
    ...(freedom === "alone" && device.cores > 1 ? deepTiles : []),
    ...tiles,
    ...(float16 && sizes.N > 0 ? float16Tiles : []),
  ];
  const least = Math.min(...candidates.map((one) => padding(sizes, one)));
  for (const one of candidates) {
    if (padding(sizes, one) > 2 * least) continue; // idle cores would do it in no time, but not for nothing
    for (let parts = 1; parts === 1 || (freedom === "partial" && isPart(sizes, device, parts)); parts *= 2) {
      const seconds = secondsOf(sizes, device, one, parts);
      if (!best || seconds < best.seconds) best = { tile: one, parts, seconds };
    }
  }
  return best ?? { tile: tiles[0], parts: 1, seconds: 0 }; // there are tiles
}

/** Sums that are made for each that is wanted. */
function padding({ M, N }: Sizes, one: Tile): number {
  const size = sizesOf(one);
  return (ceilDiv(M, size.M) * size.M * ceilDiv(N, size.N) * size.N) / (M * Math.max(1, N));
}

function isPart({ M, N, K, Z }: Sizes, { cores }: DeviceClass, parts: number): boolean {
  const isShort = K < parts * shortest;
  return cores > 1 && parts <= mostParts && !isShort && parts * M * (N + 1) * Z <= mostSums;
}

/** How long a product takes by estimate, padding included. */
export function secondsOf({ M, N, K, Z }: Sizes, device: DeviceClass, tile: Tile, parts: number): number {
  const { block, depth, deep = 1, float16 } = tile;
  const { cores, lanes, load, barrier, launch, float16Rate } = device;
  const word = device.word / (float16 ? 2 : 1);
  const size = sizesOf(tile);
  const [down, across] = [ceilDiv(M, size.M), Math.max(1, ceilDiv(N, size.N))];
  if (Math.max(down, across) > 65_535) return Number.POSITIVE_INFINITY;
  const step = depth || 4 * deep;
  const k = (ceilDiv(ceilDiv(K, parts), step) * step) / deep;
  const [rows, columns] = block;
  // threads that read for themselves read from lines apart, unless they share a block: where many do so, in turns
  const read = (rows + columns) * (depth > 0 ? word : load * (deep > 1 ? 1 : Math.max(1, lanes / 32)));
  // half as much to write makes up for making float16 of it
  const staged = depth > 0 ? ((size.M + size.N) / size.threads) * (load + device.word) : 0;
  // sums in float16 are added in float32 once a tile's depth
  const each = 2 * (float16 ? 1 / float16Rate + 1 / depth : 1);
  const operations = k * (each * rows * columns + read + staged);
  /** Invocations of the core that has most to do. */
  const onCore = ceilDiv(down * across * Z * parts, cores) * size.threads;
  const waits = ceilDiv(onCore, 4 * lanes) * barrier * (depth > 0 ? k / depth : deep > 1 ? 1 : 0);
  const summing = parts > 1 ? launch + (parts * M * N * Z * 8) / device.bytesPerSecond : 0;
  return (Math.max(onCore, lanes) * operations * cores) / device.flopsPerSecond + waits + summing;
}
