// What a case of a kernel is: the kernel, what is bound, and the same computation as the plainest loops. The
// unit tests hold `cpu` to those loops, the GPU tests hold the shader to `cpu`.

import type { Contents, Machine } from "../../src/backends/machine.js";
import type { Kernel, Run, Values } from "../../src/kernels/kernel.js";
import { type Buffer, Plan } from "../../src/plan/plan.js";
import { Random } from "../../src/random.js";
import { someRun } from "../small_kernels.js";

type Given = Float32Array | Uint32Array;

export interface Case {
  readonly title: string;
  readonly kernel: Kernel;
  /**
   * What each binding holds before the first run; what is written to has something in it too, which must be
   * overwritten.
   */
  readonly given: Readonly<Record<string, Given>>;
  readonly params: Values<string>;
  readonly run: Run;
  /** One run, over what is bound: writes to the arrays in place. */
  readonly naive: (bound: Readonly<Record<string, Float64Array | Uint32Array>>) => void;
}

export type Floats = Float64Array;
type Naive<T extends Given> = T extends Uint32Array ? Uint32Array : Floats;

/** A case whose names are checked against the kernel's. */
export function kernelCase<B extends string, P extends string, G extends Record<B, Given>>(
  kernel: Kernel<B, P>,
  title: string,
  given: G & Record<NoInfer<B>, Given>,
  params: Values<NoInfer<P>>,
  naive: (bound: { readonly [K in keyof G]: Naive<G[K]> }) => void,
  run: Partial<Run> = {},
): Case {
  return {
    title: `${kernel.name} ${title}`,
    // names and types were checked above; a list of cases knows them as strings
    kernel: kernel as unknown as Kernel,
    given,
    params,
    naive: naive as unknown as Case["naive"],
    run: someRun(run),
  };
}

/** n numbers of mean 0 and variance 1, the same for the same n and seed. */
export function normals(n: number, seed = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: n }, () => random.normal());
}

/** n integers below `count`. */
export function integersBelow(count: number, n: number, seed = 1): Uint32Array {
  const random = new Random(seed);
  return Uint32Array.from({ length: n }, () => random.below(count));
}

/** Where row m lies, by two levels of stride: spelled out once more, for the cases. */
export function row(m: number, r: number, m1: number, m0: number): number {
  const inner = m % r;
  return ((m - inner) / r) * m1 + inner * m0;
}

function writes({ kernel }: Case): string[] {
  return Object.keys(kernel.bindings).filter((name) => kernel.bindings[name].startsWith("read_write"));
}

/** What is written to, by name, after so many runs on a machine. */
export async function onMachine(machine: Machine, c: Case, runs: number): Promise<Record<string, Contents>> {
  const plan = new Plan();
  const bound: Record<string, Buffer> = {};
  for (const [name, data] of Object.entries(c.given)) {
    const type = data instanceof Uint32Array ? "u32" : "f32";
    const role = c.kernel.bindings[name].startsWith("read_write") ? "state" : "input";
    bound[name] = plan.buffer(name, [data.length], role, type);
  }
  plan.dispatch(c.kernel, bound, c.params);
  const runnable = await machine.build(plan, new Map());
  for (const [name, data] of Object.entries(c.given)) {
    runnable.write(bound[name], data);
  }
  for (let n = 0; n < runs; n += 1) {
    await runnable.run(c.run);
  }
  const names = writes(c);
  const contents = await runnable.read(names.map((name) => bound[name]));
  runnable.dispose();
  return Object.fromEntries(names.map((name, i) => [name, contents[i]]));
}

/** The same by the case's own loops, in float64. */
export function byLoops(c: Case, runs: number): Record<string, Contents> {
  const bound = Object.fromEntries(
    Object.entries(c.given).map(([name, data]) => [
      name,
      data instanceof Uint32Array ? data.slice() : Float64Array.from(data),
    ]),
  );
  for (let n = 0; n < runs; n += 1) {
    c.naive(bound);
  }
  return Object.fromEntries(writes(c).map((name) => [name, bound[name]]));
}

/**
 * The largest |got - want|, as a part of max(1, largest |want|); infinite where one is finite and the other
 * is not.
 */
export function difference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let largest = 1;
  let worst = got.length === want.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < want.length; i += 1) {
    if (Object.is(got[i], want[i])) {
      continue;
    }
    const apart = Math.abs(got[i] - want[i]);
    worst = Math.max(worst, Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart);
    largest = Number.isFinite(want[i]) ? Math.max(largest, Math.abs(want[i])) : largest;
  }
  return worst / largest;
}
