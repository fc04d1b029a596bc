// Where the parameters of a model lie, floor 3: all of them in one buffer, their gradients in another of the
// same layout, so that an update is one dispatch. Matrices that a step streams have a second copy,
// transposed, in a third ("packed").

import { sizeOf } from "../weights/tensors.js";

/**
 * One parameter as a layer declares it. A layer's parameters lie side by side, in the order in which it
 * declares them; those of layers that may run as one do so block by block.
 */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Initial values: one constant, uniform in ±bound, or normal(0, 1). */
  readonly init: { readonly constant: number } | { readonly bound: number } | "normal";
  /** Stretches of it that begin with a constant instead. */
  readonly fixed?: readonly { readonly first: number; readonly count: number; readonly value: number }[];
  /**
   * Blocks of rows in memory: block i holds the i-th of these of PyTorch's. Left out where the order is
   * PyTorch's.
   */
  readonly blocks?: readonly number[];
  /** Whether a step streams it, so that it has a packed copy; or only where that is of float16. */
  readonly packed?: boolean | "float16";
}

/** How packed copies are stored. */
export type Storage = "float32" | "float16";

export interface Parameter extends ParameterSpec {
  readonly packed: boolean;
  /** Its first element in the buffer of weights, and (if packed) in the packed copy. */
  readonly at: number;
  readonly packedAt: number;
}

export class Arena {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Elements of the buffer of weights, and of the packed copy. */
  readonly size: number;
  readonly packedSize: number;
  readonly storage: Storage;

  constructor(specs: Iterable<ParameterSpec>, storage: Storage = "float32") {
    this.storage = storage;
    const parameters = new Map<string, Parameter>();
    let [at, packedAt] = [0, 0];
    for (const spec of specs) {
      if (parameters.has(spec.name)) continue;
      const packed = spec.packed === true || spec.packed === storage;
      parameters.set(spec.name, { ...spec, packed, at, packedAt });
      const elements = sizeOf(spec.shape);
      at += elements;
      if (packed) packedAt += elements;
    }
    this.parameters = parameters;
    this.size = at;
    this.packedSize = packedAt;
  }

  /** from, to, N, K of every packed matrix: what the kernel `pack` reads. */
  packs(): Uint32Array<ArrayBuffer> {
    const packed = [...this.parameters.values()].filter((p) => p.packed);
    return Uint32Array.from(packed.flatMap((p) => [p.at, p.packedAt, p.shape[0] ?? 1, p.shape[1] ?? 1]));
  }

  get(name: string): Parameter {
    const parameter = this.parameters.get(name);
    if (!parameter) throw new Error(`arena: there is no parameter "${name}"`);
    return parameter;
  }
}
