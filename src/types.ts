// The public types, floor 5: what a network takes, gives and is called, read off its description, so that a
// wrong input, output, layer or target does not compile. Tensors are in src/weights/tensors.ts, losses and
// optimizers in their folders.

import type { DeviceError } from "./errors.js";
import type { Loss } from "./losses/loss.js";
import type { Optimizer, Rate } from "./optimizers/optimizer.js";
import type { F32, F64, FloatArray, Floats, Ints, Tensor, Tensors } from "./weights/tensors.js";

export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/**
 * The most that a call may bring, for which memory is taken. A tensor with a shape may be smaller; a bare array
 * is as large as the shapes beside it say, or as these. Every size that comes has a plan of its own, made the
 * first time; of the latest 64 it is kept. Where batchSize is 1, tensors may be those of one sequence: [T, I].
 */
export interface Sizes<In> {
  /** Sequences. */
  readonly batchSize: number;
  /** Time steps: one T for all inputs over time, or one for each by name. */
  readonly sequenceLength: number | { readonly [K in keyof In]?: number };
}

/** What to compute, as data: made without a device. */
export interface PlanView {
  /** The dispatches in words, folded over time. */
  print(): string;
  /**
   * flops: floating-point operations. bytes: read and written. memory: bytes of all buffers. lengths [B]: of a
   * call that brings them; flops are then of the steps that there are.
   */
  cost(o?: { lengths?: Ints }): {
    dispatches: number;
    submits: number;
    flops: number;
    bytes: number;
    memory: number;
  };
}

/**
 * A network or a part of one. In: what it is fed, by name. Out: names of its outputs. N: names of its layers.
 * Call: how it is called inside model().
 */
export interface Model<
  In extends object = object,
  Out extends string = string,
  N extends string = string,
  Call = unknown,
> {
  readonly "~types"?: { in: In; out: Out; names: N; call: Call };
  /** Shapes of the weights by name, in PyTorch's names. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Weights as PyTorch draws them: recurrent layers uniform in ±1/√H, linear ±1/√in, embeddings N(0, 1). The
   * same on every backend.
   */
  initialWeights(o?: { seed?: number }): Map<string, Tensor>;
  /**
   * The plan of a training step if there are a loss and an optimizer, else of inference. Without a device:
   * portable limits.
   */
  plan(
    o: Simplify<Sizes<In> & How & Partial<Training<Out>> & { limits?: { readonly [name: string]: number } }> &
      Updating<N>,
  ): PlanView;
}

export type TypesOf<M> = M extends { readonly "~types"?: infer T } ? NonNullable<T> : never;
export type InputsOf<M> = TypesOf<M> extends { in: infer In extends object } ? In : never;
export type OutputsOf<M> = TypesOf<M> extends { out: infer Out extends string } ? Out : never;
export type CallOf<M> = TypesOf<M> extends { call: infer C } ? C : never;

/** One loss is of the output y; several go by the names of the outputs, and so do their targets. */
export type Losses<Out extends string> =
  | ("y" extends Out ? Loss : never)
  | { readonly [K in Out]?: Loss<{ target: Ints }> | Loss<{ target: Floats }> };
/**
 * What a step wants beside the inputs: { target } or, with losses by output, { target: { tag, score } }; with
 * ctc() targetLengths too.
 */
export type TargetsOf<L> =
  L extends Loss<infer T>
    ? T
    : { target: { [K in keyof L]: PartOf<L[K], "target"> } } & (true extends WantsLengths<L>[keyof L]
        ? { targetLengths: { [K in keyof L as true extends WantsLengths<L>[K] ? K : never]: Ints } }
        : unknown);
type PartOf<L, Name extends string> =
  L extends Loss<infer T> ? (T extends { readonly [K in Name]: infer X } ? X : never) : never;
type WantsLengths<L> = { [K in keyof L]: [PartOf<L[K], "targetLengths">] extends [never] ? false : true };

export interface How {
  /**
   * How recurrent layers run: all time steps in one dispatch, or a dispatch a step; what is estimated to be faster,
   * unless given. plan.print() says which, and why.
   */
  readonly strategy?: "scan" | "step";
  /**
   * How recurrent matrices are stored that are multiplied forward. Trained weights and gradients stay float32, and so
   * does the arithmetic, but for what `arithmetic` says.
   */
  readonly storage?: "float32" | "float16";
  /**
   * In what whole matrices are multiplied (W x of all steps, linear layers, gradients of weights): in float16 where that
   * is estimated to be faster, at most 16 terms at a time, whose sums are added in float32; what is over 65,504 is
   * infinite. Unless given, float16 where storage is and the GPU gains by it. A GPU without shader-f16 refuses it by a
   * ShapeError; the CPU backend computes as precisely as ever.
   */
  readonly arithmetic?: "float32" | "float16";
  /** Whether public shapes are [B, T, …] (the default) or [T, B, …]. */
  readonly batchFirst?: boolean;
  /**
   * Whether a page must stay fluent meanwhile: GPU work is cut into submits that take at most 8 ms by estimate, and not
   * 100 as else.
   */
  readonly interactive?: boolean;
}

export interface Training<Out extends string> extends Remembering {
  readonly loss: Losses<Out>;
  readonly optimizer: Optimizer;
}

/** What a recurrent layer keeps for the pass backward. */
export interface Remembering {
  /**
   * fast, unless given: pre-activations and states of all steps. small: outputs, and what else a chunk of about √T
   * steps begins with; the rest is computed once more, chunk by chunk (Chen et al. 2016), which takes about a third
   * longer.
   */
  readonly memory?: "fast" | "small";
}

/**
 * Numbers, or a trainer or session of the same backend: then its weights are shared, and stay on the device.
 */
export type Weights = Tensors | HasWeights;
export interface HasWeights {
  readonly "~weights": true;
}

type Start =
  | { readonly weights?: Weights; readonly seed?: number; readonly resume?: never }
  | { readonly resume: Uint8Array | ArrayBuffer; readonly weights?: never; readonly seed?: never };
/**
 * Bounds of the gradient before an update, numbers or functions of the update; 0 means none. clipNorm: the
 * norm of all gradients together is scaled down to it, the direction kept (Pascanu et al. 2013). clipLayer:
 * that of each layer's. clipValue: each number is held within ±clipValue.
 */
type Clip =
  | { readonly clipNorm?: Rate; readonly clipLayer?: never; readonly clipValue?: never }
  | { readonly clipNorm?: never; readonly clipLayer?: Rate; readonly clipValue?: never }
  | { readonly clipNorm?: never; readonly clipLayer?: never; readonly clipValue?: Rate };

type LayerNames<M> = TypesOf<M> extends { names: infer N extends string } ? N : never;
/** A layer's name, or that of what is in it: "rnn", "rnn.bias_hh_l0". */
type Under<N extends string> = N | `${N}.${string}`;

/** How gradients become an update. N: names of layers. */
export type Updating<N extends string> = Clip & {
  /**
   * Holds each number of a state's gradient within ±clipRecurrent before it goes back one more step; 0 means
   * not at all. A number or a function of the update (as in FlashRNN).
   */
  readonly clipRecurrent?: Rate;
  /**
   * No gradient goes back from a step whose number, from 0 in the direction's order, is a multiple of it to
   * the step before (as in FlashRNN).
   */
  readonly cutEvery?: number;
  /**
   * So many calls of step() make one update, of the means of their gradients: as one batch of so many times
   * the sequences, where each call's loss is a mean over as many steps. A stateful trainer carries its state
   * from call to call all the same.
   */
  readonly accumulate?: number;
  /**
   * What the gradient of the loss is multiplied by before it goes back, and its gradients are divided by at the
   * update, so that small ones do not vanish: a power of two from 1 to 2^120, at first. An update whose gradients are
   * not finite halves it, 2,000 in a row that are double it. Bounds, norms and losses are as without. Unless given,
   * 65,536 where `arithmetic` is float16, else none (Micikevicius et al. 2018; as PyTorch's GradScaler, but that an
   * update which is left out counts in schedules and in Adam's corrections: the first ones after it are smaller).
   */
  readonly lossScale?: number;
  /** Layers and weights, by name, that are not trained: they do not count in norms, and do not decay. */
  readonly freeze?: readonly Under<N>[];
  /**
   * Rates of their own for layers and weights, by name; of several that name a weight the longest holds. What
   * is left out is the optimizer's.
   */
  readonly groups?: {
    readonly [K in Under<N>]?: { readonly lr?: Rate; readonly weightDecay?: number };
  };
};

/** While it is built: pipelines compiled so far, of how many; a signal that gives it up. */
export interface Building {
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export type TrainerOptions<M, L> = Sizes<InputsOf<M>> &
  How &
  Building &
  Start &
  Remembering &
  Updating<LayerNames<M>> & {
    readonly loss: L;
    readonly optimizer: Optimizer;
    /**
     * Truncated back-propagation through time: the state is carried from step to step, without gradient. A
     * batch whose numbers are not finite leaves such a state (metrics().skipped tells): trainer.state.reset()
     * begins anew.
     */
    readonly stateful?: boolean;
  };

export type SessionOptions<M> = Sizes<InputsOf<M>> &
  How &
  Building & {
    readonly weights: Weights;
    /** Whether the state is carried from call to call. */
    readonly stateful?: boolean;
  };

interface Owned extends Disposable {
  dispose(): void;
}

/** What is carried from call to call: "rnn.h" [L·D, B, H], "rnn.c", … */
export interface State<A = F32> {
  read(): Promise<Map<string, Tensor<A>>>;
  write(values: Tensors | State<A>): void;
  reset(sequences?: readonly number[]): void;
}

export type Batch<M, L> = Simplify<InputsOf<M> & TargetsOf<L>>;

export interface Trainer<M extends Model = Model, L = Loss, A = F32> extends Owned, HasWeights {
  /** Updates queued so far. */
  readonly updates: number;
  readonly plan: PlanView;
  readonly state: State<A>;
  /**
   * Queues one update: one submit. Waits only when too much is in flight. With `accumulate`, an update comes
   * with every so-many-th call, as a submit of its own.
   */
  step(batch: Batch<M, L>): Promise<void>;
  /**
   * Of every update since the last call (at most the latest 4,096), in one read-back. gradNorms: before
   * clipping. skipped: updates left out because their gradient was not finite. lossScale: of the next update, where
   * there is one.
   */
  metrics(): Promise<{ losses: F32; gradNorms: F32; skipped: number; lossScale?: number | undefined }>;
  /**
   * The mean loss of one batch or many, in nats: no update, no dropout; its state begins at zero and is its
   * own. Every batch counts alike, however many sequences and steps it has.
   */
  evaluate(batches: Batch<M, L> | Iterable<Batch<M, L>> | AsyncIterable<Batch<M, L>>): Promise<number>;
  weights(): Promise<Map<string, Tensor<A>>>;
  /**
   * A safetensors file: weights, moments, updates, seed, carried state, loss scale. `resume` goes on from it bit for bit
   * on the same backend. Refused between the batches of one update.
   */
  save(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Session<M extends Model = Model, A = F32> extends Owned, HasWeights {
  readonly plan: PlanView;
  readonly state: State<A>;
  /**
   * Runs the network. Gives the outputs that are named (all unless given); with [] it queues and reads
   * nothing.
   */
  run<K extends OutputsOf<M> = OutputsOf<M>>(
    inputs: InputsOf<M>,
    outputs?: readonly K[],
  ): Promise<{ [P in K]: A }>;
  /**
   * Draws tokens and feeds them back, where the network runs: [B, maxTokens], without the prompt, filled with
   * `stop` after it. The same seed draws the same tokens on every backend, as far as logits are the same. Ended
   * by `stop` of all sequences or by the signal, the state is that after the tokens that were told.
   */
  generate(o: GenerateOptions<M>): Promise<Int32Array<ArrayBuffer>>;
}

export interface GenerateOptions<M> {
  /** [B, P] tokens to begin with; at least one a sequence. A tensor may be of fewer than batchSize sequences. */
  readonly prompt: Ints;
  readonly maxTokens: number;
  /** 1 unless given. 0 takes the likeliest token. */
  readonly temperature?: number;
  /** Draw from the so many likeliest tokens (Fan et al. 2018). */
  readonly topK?: number;
  /** Draw from the fewest tokens whose probabilities sum to it (Holtzman et al. 2020). */
  readonly topP?: number;
  readonly seed?: number;
  readonly stop?: number;
  /** Held for all tokens. */
  readonly inputs?: Partial<InputsOf<M>>;
  /**
   * Called for each token of all sequences, with the natural logarithm of the probability that the model gave
   * it (before temperature). On WebGPU some tokens are drawn before the first of them is told.
   */
  readonly onTokens?: (ids: Int32Array<ArrayBuffer>, logProbs: F32) => void;
  readonly signal?: AbortSignal;
}

export type GpuMemory = GPUBuffer | GPUBufferBinding;
type GpuMemories<In, Out extends string> = Simplify<
  { readonly [K in keyof In]: GpuMemory } & { readonly [K in Out]?: GpuMemory }
>;

export interface GpuSession<M extends Model = Model> extends Session<M> {
  /**
   * Records one run, of the declared sizes, into the caller's encoder, with the caller's STORAGE buffers;
   * submits nothing. Outputs left out stay inside.
   */
  encode(encoder: GPUCommandEncoder, buffers: GpuMemories<InputsOf<M>, OutputsOf<M>>): void;
}

export interface CpuSession<M extends Model = Model, A = F32> extends Session<M, A> {
  /** As run, at once. Outputs go `into` arrays where such are given: then nothing is allocated. */
  runSync<K extends OutputsOf<M> = OutputsOf<M>>(
    inputs: InputsOf<M>,
    into?: { readonly [P in K]?: FloatArray },
  ): { [P in K]: A };
}

export type TensorsOf<In> = { [K in keyof In]: Extract<In[K], Tensor<unknown>> };
type FloatKeys<In> = { [K in keyof In]-?: NonNullable<In[K]> extends Floats ? K : never }[keyof In];

export interface Gradients<M, A> {
  readonly outputs: { readonly [K in OutputsOf<M>]: Tensor<A> };
  readonly inputs: { readonly [K in FloatKeys<InputsOf<M>>]: Tensor<A> };
  readonly weights: Map<string, Tensor<A>>;
  /** |dL/ds_t| of every state, "rnn.h" [L·D, T]: what vanishes and what explodes. */
  readonly stateNorms: Map<string, Tensor<A>>;
}

/**
 * seed: as in the first step of a trainer of this seed, dropout and all else that is random included; without
 * it nothing is dropped.
 */
type Seeded = { readonly seed?: number };

export interface Backend<A = F32> extends Owned {
  readonly kind: "webgpu" | "cpu";
  readonly name: string;
  /** Why this one. */
  readonly reason: string;
  /** Bytes of memory owned now. */
  readonly bytes: number;
  /** Resolves when the device is lost. */
  readonly lost: Promise<DeviceError>;
  trainer<M extends Model, const L extends Losses<OutputsOf<M>>>(
    net: M,
    o: TrainerOptions<M, L>,
  ): Promise<Trainer<M, L, A>>;
  session<M extends Model>(net: M, o: SessionOptions<M>): Promise<Session<M, A>>;
  /** One shot: outputs, and the gradients of the inner product of outputs and cotangents. */
  gradients<M extends Model>(
    net: M,
    o: How &
      Seeded &
      Remembering & {
        weights: Weights;
        inputs: TensorsOf<InputsOf<M>>;
        cotangents: { readonly [K in OutputsOf<M>]?: Tensor<FloatArray> };
      },
  ): Promise<Gradients<M, A>>;
  /** One shot: outputs, loss, and the gradients of the loss. */
  gradients<M extends Model, const L extends Losses<OutputsOf<M>>>(
    net: M,
    o: How & Seeded & Remembering & { weights: Weights; inputs: TensorsOf<Batch<M, L>>; loss: L },
  ): Promise<Gradients<M, A> & { readonly loss: number }>;
}

export interface GpuBackend extends Backend {
  readonly kind: "webgpu";
  readonly device: GPUDevice;
  session<M extends Model>(net: M, o: SessionOptions<M>): Promise<GpuSession<M>>;
}

export interface CpuBackend<A = F32> extends Backend<A> {
  readonly kind: "cpu";
  session<M extends Model>(net: M, o: SessionOptions<M>): Promise<CpuSession<M, A>>;
}

export type { F32, F64 };
