// What two backends are put through to be compared: the same numbers in, all numbers out. Used on the CPU in
// node and against it on WebGPU in a browser.

import { type Model, readSafetensors, type Tensor, type Trainer } from "../src/index.js";
import { Random } from "../src/random.js";
import { type AnyBackend, deviation } from "./goldens_check.js";

export { deviation };

type F32 = Tensor<Float32Array<ArrayBuffer>>;

/** Normal numbers. */
export function floats(shape: readonly number[], seed: number): F32 {
  const random = new Random(seed);
  const length = shape.reduce((n, d) => n * d, 1);
  return { shape, data: Float32Array.from({ length }, () => random.normal()) };
}

export function tokens(shape: readonly number[], V: number, seed: number): Tensor<Int32Array<ArrayBuffer>> {
  const random = new Random(seed);
  const length = shape.reduce((n, d) => n * d, 1);
  return { shape, data: Int32Array.from({ length }, () => random.below(V)) };
}

/** The names of a network's inputs and outputs are not known where it is one of many: calls by any name. */
export interface AnyCalls {
  gradients(net: Model, o: object): Promise<AnyGradients>;
  trainer(net: Model, o: object): Promise<AnyTrainer>;
  session(net: Model, o: object): Promise<AnySession>;
}
export type AnyTrainer = Omit<Trainer, "step" | "evaluate" | "weights"> & {
  step(batch: object): Promise<void>;
  evaluate(batches: object): Promise<number>;
  weights(): Promise<Map<string, Tensor<ArrayLike<number>>>>;
};
export interface AnySession {
  readonly state: Trainer["state"];
  readonly plan: Trainer["plan"];
  run(inputs: object, outputs?: readonly string[]): Promise<Record<string, ArrayLike<number>>>;
  generate(o: object): Promise<Int32Array<ArrayBuffer>>;
  dispose(): void;
}
export interface AnyGradients {
  readonly outputs: Readonly<Record<string, Tensor<ArrayLike<number>>>>;
  readonly inputs: Readonly<Record<string, Tensor<ArrayLike<number>>>>;
  readonly weights: ReadonlyMap<string, Tensor<ArrayLike<number>>>;
  readonly stateNorms: ReadonlyMap<string, Tensor<ArrayLike<number>>>;
  readonly loss?: number;
}
export function calls(backend: AnyBackend): AnyCalls {
  return backend as unknown as AnyCalls;
}

/** All that is in a checkpoint, but of which sizes it was and how layers ran. */
export function learned(bytes: Uint8Array = new Uint8Array()): object {
  const file = readSafetensors(bytes);
  const { facts, updates, seed } = file.metadata;
  return { facts, updates, seed, tensors: [...file] };
}

type Named = Iterable<readonly [string, Tensor<ArrayLike<number>>]>;

/** The worst deviation over tensors of the same names and shapes, and where it is. */
export function difference(got: Named, want: Named): { worst: number; where: string; count: number } {
  const found = new Map(got);
  let result = { worst: 0, where: "", count: 0 };
  for (const [name, { shape, data }] of want) {
    const other = found.get(name);
    if (!other || String(other.shape) !== String(shape)) {
      throw new Error(`${name} is ${other ? String(other.shape) : "missing"}, not ${String(shape)}`);
    }
    const off = deviation(other.data, data);
    const isWorse = !(off <= result.worst);
    result = { ...result, ...(isWorse && { worst: off, where: name }), count: result.count + 1 };
  }
  if (found.size !== result.count) throw new Error(`there are ${found.size} tensors, not ${result.count}`);
  return result;
}

/** Outputs as one, everything of the pass backward as the other. */
export function parts({ outputs, inputs, weights, stateNorms }: AnyGradients): {
  forward: Named;
  backward: Named;
} {
  const named = (prefix: string, all: Named) =>
    [...all].map(([name, tensor]): readonly [string, Tensor<ArrayLike<number>>] => [
      `${prefix} ${name}`,
      tensor,
    ]);
  return {
    forward: named("output", Object.entries(outputs)),
    backward: [
      ...named("d", Object.entries(inputs)),
      ...named("d", weights),
      ...named("norm of d", stateNorms),
    ],
  };
}

/** Trains on batches, one after the other; gives every loss, and the weights at the end. */
export async function train(
  backend: AnyBackend,
  net: Model,
  options: object,
  batches: readonly object[],
): Promise<{ losses: Float32Array; gradNorms: Float32Array; weights: Named }> {
  const trainer = await calls(backend).trainer(net, options);
  for (const batch of batches) await trainer.step(batch);
  const { losses, gradNorms, skipped } = await trainer.metrics();
  if (skipped !== 0) throw new Error(`${skipped} updates were skipped`);
  const weights = await trainer.weights();
  trainer.dispose();
  return { losses, gradNorms, weights };
}

/** Random text: batches of tokens and the tokens after them. */
export function textBatches(
  count: number,
  o: { batchSize: number; sequenceLength: number; V: number },
): { x: Tensor<Int32Array>; target: Tensor<Int32Array> }[] {
  const shape = [o.batchSize, o.sequenceLength];
  return Array.from({ length: count }, (_, n) => ({
    x: tokens(shape, o.V, 2 * n + 1),
    target: tokens(shape, o.V, 2 * n + 2),
  }));
}
