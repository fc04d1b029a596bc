// What a kernel is, floor 2: a compute shader, everything the host must know to bind and dispatch it, and its twin, the
// same computation as plain loops (`cpu`), to which tests hold the shader. wgsl_reflect holds declaration and
// shader together.

import type { Ops } from "./ops.js";
import type { Texts } from "./texts.js";
import type { Twins } from "./twins.js";

/** How a storage binding is used. Elements are f32 unless it says u32, or vec4f: the same numbers, by fours. */
export type Access = `${"read" | "read_write"}${"" | " u32" | " vec4f"}`;

/** The type of a field of the uniform `params`. */
export type Field = "u32" | "f32";

export type Values<P extends string> = Readonly<Record<P, number>>;

/**
 * What changes from run to run: the fields of the uniform `run`, in this order, written once a run.
 * Kernels that read it link shaders/run.wgsl and say `run: true`.
 */
export const runFields = {
  update: "u32", // updates before this one: 0 in the first
  seed: "u32", // of dropout, drawn anew by the host for each run
  lr: "f32", // learning rate
  correction1: "f32", // 1 - beta1^(update + 1), computed in float64
  correction2: "f32", // 1 - beta2^(update + 1)
  clip: "f32", // largest norm (or largest absolute value); 0: no clipping
  first: "u32", // number of the first sequence: of micro-batches of one update, the later ones go on counting
  clip_recurrent: "f32", // largest absolute value of a state's gradient between steps; 0: no clipping
  cut: "u32", // steps after which no gradient goes back between them; 0: it always does
  scale: "f32", // what the loss's gradient is multiplied by, a power of two; a plan may have it from a buffer
} as const satisfies Record<string, Field>;

export type Run = Readonly<Record<keyof typeof runFields, number>>;

/** Of plans in which nothing changes from run to run. */
export const still: Run = {
  update: 0,
  seed: 0,
  lr: 0,
  correction1: 1,
  correction2: 1,
  clip: 0,
  first: 0,
  clip_recurrent: 0,
  cut: 0,
  scale: 1,
};

/** B [K, N] of a product, in a binding: B[k, n] lies at `from` + k `k` + n `n`. */
export interface HeldMatrix<B extends string = string> {
  readonly binding: B;
  readonly from: number;
  readonly k: number;
  readonly n: number;
  readonly K: number;
  readonly N: number;
}

/** How many steps of how many sequences there are. */
export interface Steps {
  /** The sum of all lengths. */
  readonly rows: number;
  /** How many sequences have more than n steps. */
  readonly at: (n: number) => number;
}

/** A shader as it is bound and dispatched, and what it costs. */
export interface Shader<B extends string = string, P extends string = string> {
  /** Names the text: two kernels of one name have the same WGSL. */
  readonly name: string;
  /**
   * The text, without the declarations that follow from what is said here (src/kernels/texts.ts adds them). Where it is
   * printed, the backend on WebGPU brings the printer: who runs on the CPU alone has none of it.
   */
  readonly wgsl: string | ((texts: Texts) => string);
  /** Storage bindings 1, 2, … of group 0, in this order. Binding 0 is the uniform `params`. */
  readonly bindings: Readonly<Record<B, Access>>;
  /** Whether the uniform `run` is bound, at the binding after the last storage binding. */
  readonly run?: boolean;
  /** The fields of the uniform `params`, in this order. Constant for the life of a plan. */
  readonly params: Readonly<Record<P, Field>>;
  /**
   * Bytes of workgroup memory, 0 unless given: not every implementation of WebGPU holds a shader to its
   * limit.
   */
  readonly workgroupBytes?: number;
  readonly workgroups: (p: Values<P>) => readonly [number, number, number];
  /**
   * Floating-point operations of one dispatch, for plan.cost(). steps: which there are, for kernels whose work
   * depends on it; all where left out.
   */
  readonly flops: (p: Values<P>, steps?: Steps) => number;
  /** Bytes that one dispatch cannot but read and write, each once, where the kernel can tell. */
  readonly bytes?: (p: Values<P>, steps?: Steps) => number;
}

/** What a kernel is on the CPU. */
export interface Twin<B extends string = string, P extends string = string> {
  /** Elements of scratch memory that `cpu` needs, at `at.scratch`. */
  readonly scratch?: (p: Values<P>) => number;
  /**
   * Matrices that `cpu` multiplies few rows with, so that packing them each time would cost as much as the
   * product: their panels lie at `at.held`, one after another, packed anew only when what they are made of
   * has been written to. Of weights that is once an update.
   */
  readonly held?: (p: Values<P>) => readonly HeldMatrix<NoInfer<B>>[];
  /**
   * The same computation over plain vectors. `at` holds the address of each binding in the arena of `ops`.
   */
  readonly cpu: (
    ops: Ops,
    at: Readonly<Record<B | "scratch" | "held", number>>,
    p: Values<P>,
    run: Run,
  ) => void;
}

/**
 * A kernel is its own twin, or tells which it is of those that a backend on the CPU brings: those of kernels that every
 * network has, and of those that are programs of their own. Who runs on a GPU alone has none of them.
 */
export type Kernel<B extends string = string, P extends string = string> = Shader<B, P> &
  (Twin<B, P> | { readonly twin: (twins: Twins) => Twin<B, P> });

/** A kernel whose bindings and parameters are inferred and checked. */
export function defineKernel<const B extends string, const P extends string>(
  kernel: Kernel<B, P>,
): Kernel<B, P> {
  return kernel;
}

export function ceilDiv(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** Links WGSL texts. WGSL does not order declarations, so linking is joining. */
export function link(...texts: readonly string[]): string {
  return texts.join("\n");
}

/**
 * Workgroups for n threads in workgroups of `size`, folded into two dimensions where one would pass the
 * limit of 65,535. The shader finds its thread as (id.y * 65535 * size + id.x).
 */
export function grid(n: number, size: number): readonly [number, number, number] {
  const groups = ceilDiv(n, size);
  const x = Math.min(groups, 65535);
  return [x, ceilDiv(groups, x), 1];
}
