// As much of jax-js as its lane uses: the package is this bench's own, so that types and tests need nothing of it. An
// array is used up by what it is given to; `.ref` keeps it for one more use.

export type Numbers = Float32Array<ArrayBuffer>;

export interface Arr {
  readonly ref: Arr;
  readonly shape: number[];
  add(other: Arr | number): Arr;
  sub(other: Arr | number): Arr;
  mul(other: Arr | number): Arr;
  div(other: Arr | number): Arr;
  sum(): Arr;
  reshape(shape: readonly number[]): Arr;
  slice(...index: (number | readonly number[])[]): Arr;
  transpose(): Arr;
  data(): Promise<Numbers>;
  dispose(): void;
}
export type Tree = { readonly [name: string]: Arr };

export interface Jax {
  init(): Promise<unknown>;
  defaultDevice(name: string): void;
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  valueAndGrad<A extends unknown[]>(f: (p: Tree, ...rest: A) => Arr): (p: Tree, ...rest: A) => [Arr, Tree];
  readonly tree: {
    dispose(tree: unknown): void;
    ref<T>(tree: T): T;
    map(f: (...leaves: Arr[]) => Arr, ...trees: Tree[]): Tree;
  };
  readonly numpy: {
    array(data: Numbers | Int32Array, options?: { shape: readonly number[] }): Arr;
    zeros(shape: readonly number[]): Arr;
    matmul(a: Arr, b: Arr): Arr;
    tanh(a: Arr): Arr;
    sqrt(a: Arr): Arr;
    square(a: Arr): Arr;
    stack(all: readonly Arr[]): Arr;
    concatenate(all: readonly Arr[], axis: number): Arr;
  };
  readonly nn: {
    sigmoid(a: Arr): Arr;
    logSoftmax(a: Arr, axis: number): Arr;
    oneHot(a: Arr, classes: number): Arr;
  };
}
