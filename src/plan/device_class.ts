// What a device costs, floor 3: constants of the cost model by which strategies and tiles are chosen. What is measured
// on a device only says which of these classes it is nearest to, so that noise never changes the bits of a result.

/** In seconds, and per second, unless said otherwise. */
export interface DeviceClass {
  readonly name: string;
  /** From the end of a dispatch to the beginning of one that waits for it, in one pass. */
  readonly launch: number;
  /** A barrier of a workgroup of 256, with the latency of what is waited for. */
  readonly barrier: number;
  /** Bytes that all cores together read from memory that stays in the cache: weights, streamed at each step. */
  readonly bytesPerSecond: number;
  /** Likewise one core alone. */
  readonly coreBytesPerSecond: number;
  /** Operations of all cores together, multiplications and additions counted apart. */
  readonly flopsPerSecond: number;
  /** How many times as fast those of float16 are: more than 1 where two are done at a time. */
  readonly float16Rate: number;
  /** Workgroups that run at the same time, each on a core. */
  readonly cores: number;
  /** Invocations of one core that must be under way for it to be busy. */
  readonly lanes: number;
  /** Operations that an invocation could do while it reads a word from the cache; from workgroup memory. */
  readonly load: number;
  readonly word: number;
  /** Words of weights that an invocation of 256 can hold in registers. */
  readonly registers: number;
  /** The longest that a submit may take before the system stops it, or the page stands still. */
  readonly longest: number;
}

/**
 * A program on the CPU that says it is a GPU: barriers are dear, there are no registers, and each float16 becomes a
 * float32. No system watches over it but the browser, with 15 seconds and more, so that a training step of seconds
 * stays one submit.
 */
export const software: DeviceClass = {
  name: "software",
  launch: 15e-6,
  barrier: 20e-6,
  bytesPerSecond: 6.4e9,
  coreBytesPerSecond: 3.2e9,
  flopsPerSecond: 8e9,
  float16Rate: 0.5,
  cores: 2,
  lanes: 4,
  load: 10,
  word: 6,
  registers: 0,
  longest: 4,
};

/** This CPU itself: nobody waits for a launch, and nothing is gained by a scan. */
export const processor: DeviceClass = {
  ...software,
  name: "cpu",
  launch: 0,
  barrier: 1,
  cores: 1,
  longest: Number.POSITIVE_INFINITY,
};

/** macOS stops what takes a few hundred milliseconds, and a page drops frames before. */
const gpu = { float16Rate: 1, lanes: 128, load: 16, word: 2, registers: 128, longest: 0.1 };

/** GPUs by what they are like. Numbers of an Iris Xe, an M2, an RTX 4070 and an H200, from data sheets and reports. */
export const hardware: readonly DeviceClass[] = [
  {
    ...gpu,
    name: "integrated",
    launch: 5e-6,
    barrier: 7.5e-7,
    bytesPerSecond: 2.5e11,
    coreBytesPerSecond: 8.6e10,
    flopsPerSecond: 2.15e12,
    float16Rate: 2,
    cores: 6,
    registers: 48,
  },
  {
    ...gpu,
    name: "unified",
    launch: 2e-6,
    barrier: 5e-7,
    bytesPerSecond: 2e11,
    coreBytesPerSecond: 4.5e10,
    flopsPerSecond: 3.6e12,
    cores: 10,
    registers: 96,
  },
  {
    ...gpu,
    name: "discrete",
    launch: 2.5e-6,
    barrier: 3.5e-7,
    bytesPerSecond: 2.5e12,
    coreBytesPerSecond: 1.58e11,
    flopsPerSecond: 2.91e13,
    cores: 46,
  },
  {
    ...gpu,
    name: "server",
    launch: 2.5e-6,
    barrier: 3.5e-7,
    bytesPerSecond: 5.5e12,
    coreBytesPerSecond: 1.27e11,
    flopsPerSecond: 6.69e13,
    float16Rate: 2,
    cores: 132,
  },
];

/** A GPU about which nothing is known. */
export const ordinary: DeviceClass = {
  ...gpu,
  name: "ordinary",
  launch: 2.5e-6,
  barrier: 4e-7,
  bytesPerSecond: 1e12,
  coreBytesPerSecond: 1e11,
  flopsPerSecond: 1e13,
  cores: 24,
  registers: 96,
};
