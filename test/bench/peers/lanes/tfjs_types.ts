// As much of TensorFlow.js as its lane uses: the package is this bench's own, so that types and tests need nothing of
// it.

export type Numbers = Float32Array<ArrayBuffer>;

export interface Tensor {
  add(other: Tensor): Tensor;
  matMul(other: Tensor): Tensor;
  reshape(shape: readonly number[]): Tensor;
  data(): Promise<Numbers>;
}

export interface Stack {
  add(layer: object): void;
  setWeights(weights: readonly Tensor[]): void;
  compile(options: object): void;
  predict(x: Tensor, options: object): Tensor;
  trainOnBatch(x: Tensor, target: Tensor): Promise<number>;
}

export interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  enableProdMode(): void;
  tidy<T>(f: () => T): T;
  dispose(tensors: readonly Tensor[]): void;
  tensor1d(data: Numbers | Int32Array, type?: "int32"): Tensor;
  tensor2d(data: Numbers, shape: readonly number[]): Tensor;
  tensor3d(data: Numbers, shape: readonly number[]): Tensor;
  zeros(shape: readonly number[]): Tensor;
  scalar(value: number): Tensor;
  concat(all: readonly Tensor[], axis: number): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  basicLSTMCell(forget: Tensor, k: Tensor, b: Tensor, x: Tensor, c: Tensor, h: Tensor): [Tensor, Tensor];
  sequential(): Stack;
  readonly layers: Record<
    "lstm" | "gru" | "simpleRNN" | "dense" | "bidirectional",
    (options: object) => object
  >;
  readonly losses: { softmaxCrossEntropy(target: Tensor, y: Tensor): Tensor };
  readonly train: { adam(lr: number, beta1: number, beta2: number, epsilon: number): object };
}
