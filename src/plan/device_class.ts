// What a device costs, floor 3: constants of the cost model by which strategies and tiles are chosen. Measured ones are
// rounded to one of a few classes, so that noise never changes a choice, and so never the bits of a result.

/** In seconds, and per second, unless said otherwise. */
export interface DeviceClass {
  readonly name: string;
  /** From the end of a dispatch to the beginning of one that waits for it, in one pass. */
  readonly launch: number;
  /** A barrier of a workgroup. */
  readonly barrier: number;
  /** One invocation reads or writes one word of workgroup memory. */
  readonly word: number;
  /** Bytes that all cores together read from memory that stays in the cache: weights, streamed at each step. */
  readonly bytesPerSecond: number;
  /** Operations of all cores together, multiplications and additions counted apart. */
  readonly flopsPerSecond: number;
  /** Workgroups that run at the same time, each on a core. */
  readonly cores: number;
  /** Invocations of one core that must be under way for it to be busy. */
  readonly lanes: number;
}

/** A program on the CPU that says it is a GPU: launches are cheap, barriers and workgroup memory are not. */
export const software: DeviceClass = {
  name: "software",
  launch: 15e-6,
  barrier: 4e-6,
  word: 2e-9,
  bytesPerSecond: 2e10,
  flopsPerSecond: 4e9,
  cores: 2,
  lanes: 4,
};

/** A GPU about which nothing is known. */
export const ordinary: DeviceClass = {
  name: "ordinary",
  launch: 2e-6,
  barrier: 1e-7,
  word: 1e-11,
  bytesPerSecond: 4e11,
  flopsPerSecond: 4e12,
  cores: 16,
  lanes: 256,
};
