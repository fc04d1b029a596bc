// A plan, floor 3: buffers and dispatches as plain data, made by pure functions. It can be printed, counted
// and checked without a device; a backend is a loop over it. No GPU type appears here or below.

import type { Kernel, Values } from "../kernels/kernel.js";
import { sizeOf } from "../weights/tensors.js";
import type { Choice } from "./choice.js";

/**
 * What a buffer is for. weights, packed, moments: live longer than a plan and may be shared between plans.
 * input: written by the host before a run. state: carried from run to run. output: read by the host. scratch:
 * all else.
 */
export type Role = "weights" | "gradients" | "moments" | "metrics" | "input" | "state" | "output" | "scratch";

export interface Buffer {
  readonly name: string;
  /** In letters and numbers, as printed: ["T", "B", "H"] beside shape. */
  readonly shape: readonly number[];
  readonly role: Role;
  readonly type: "f32" | "u32";
}

export interface Dispatch {
  readonly kernel: Kernel;
  readonly bound: Readonly<Record<string, Buffer>>;
  readonly params: Values<string>;
  /** How long it takes by estimate, where who emits it knows more than its operations and bytes say. */
  readonly seconds?: number | undefined;
}

/**
 * A copy between two buffers, or (without `from`) a clear. In elements. Stands only before or after the pass.
 */
export interface Copy {
  readonly from?: { readonly buffer: Buffer; readonly at: number };
  readonly to: { readonly buffer: Buffer; readonly at: number };
  readonly size: number;
}

/** A result that lies within another buffer. */
export interface View {
  readonly of: Buffer;
  readonly at: number;
  /** Copies it out, where a caller brings memory of its own for it. */
  readonly copy: Dispatch;
}

/**
 * What to compute, in order: copies, then all dispatches in one pass (unless cut into several submits), then
 * copies.
 */
export class Plan {
  readonly buffers: Buffer[] = [];
  readonly before: Copy[] = [];
  readonly dispatches: Dispatch[] = [];
  readonly after: Copy[] = [];
  /** Results without memory of their own. */
  readonly views = new Map<Buffer, View>();
  /** The dispatches at which a new submit begins. None: all is one submit. */
  cuts: readonly number[] = [];
  /** Where run.scale lies, if it is decided on the device: it is read before all else. */
  scale: Copy["from"];
  /** How recurrent layers run: "rnn layer 0 forward". */
  readonly chosen = new Map<string, Choice>();

  buffer(
    name: string,
    shape: readonly number[],
    role: Role = "scratch",
    type: "f32" | "u32" = "f32",
  ): Buffer {
    return this.use({ name: this.#unused(name), shape, role, type });
  }

  /** Takes up a buffer that another plan has too. */
  use(buffer: Buffer): Buffer {
    if (!this.buffers.includes(buffer)) this.buffers.push(buffer);
    return buffer;
  }

  dispatch<B extends string, P extends string>(
    kernel: Kernel<B, P>,
    bound: Readonly<Record<NoInfer<B>, Buffer>>,
    params: Values<NoInfer<P>>,
    seconds?: number,
  ): void {
    // A kernel's own names of bindings and parameters are checked here, at the call; inside a plan they are
    // strings.
    this.dispatches.push({ kernel: kernel as unknown as Kernel, bound, params, seconds });
  }

  /** What the last dispatch copies lies within a buffer too: the dispatch is left to who needs the copy. */
  view(view: Buffer, of: Buffer, at: number): void {
    const copy = this.dispatches.pop();
    if (copy) this.views.set(view, { of, at, copy });
  }

  /** Leaves out what writes a buffer, if nobody reads it. */
  omit(buffer: Buffer): void {
    const [writes, ...reads] = this.all.filter(({ bound }) => Object.values(bound).includes(buffer));
    if (reads.length > 0) return;
    this.dispatches.splice(this.dispatches.indexOf(writes), 1);
    this.buffers.splice(this.buffers.indexOf(buffer), 1);
  }

  /** All dispatches that may be asked for. */
  get all(): readonly Dispatch[] {
    return [...this.dispatches, ...Array.from(this.views.values(), ({ copy }) => copy)];
  }

  #unused(name: string): string {
    const taken = (candidate: string) => this.buffers.some((b) => b.name === candidate);
    let unused = name;
    for (let n = 2; taken(unused); n++) unused = `${name}#${n}`;
    return unused;
  }
}

/** Elements of a buffer. */
export function size(buffer: Buffer): number {
  return sizeOf(buffer.shape);
}
