// The public API of webrnn. Recurrent networks on WebGPU: describe a network, choose where it runs, train it,
// run it, look inside.
/// <reference lib="esnext.disposable" preserve="true" />

export type { Activation, ActivationName } from "./cells/activations.js";
export { type Cell, defineCell } from "./cells/cell.js";
export { constant, type Expr } from "./cells/expr.js";
export { abs, clamp, exp, log, max, min, relu, select, sigmoid, sqrt, tanh } from "./cells/functions.js";
export type { Across, Gate } from "./cells/spec.js";
export { batches } from "./data/batches.js";
export { type BucketOptions, bucket } from "./data/bucket.js";
export { type Packed, type PackedOptions, packed, unpacked } from "./data/packed.js";
export { pad } from "./data/pad.js";
export { split } from "./data/split.js";
export { adding, copyMemory, type TaskOptions, temporalOrder } from "./data/tasks.js";
export { type Vocabulary, vocabulary } from "./data/vocabulary.js";
export { gru, indRnn, lstm, mgu, minGru, minLstm, rnn } from "./describe/cells.js";
export type {
  GruOptions,
  LstmOptions,
  Recurrent,
  RecurrentOptions,
  RnnOptions,
} from "./describe/options.js";
export { recurrent } from "./describe/recurrent.js";
export { attention, layerNorm, pool } from "./describe/steps.js";
export { dropout, embedding, type Layer, linear, type Value } from "./describe.js";
export { DeviceError, DisposedError, LimitError, ShapeError, WeightsError } from "./errors.js";
export { type CrossEntropyOptions, crossEntropy } from "./losses/cross_entropy.js";
export { type CtcOptions, ctc } from "./losses/ctc.js";
export { binaryCrossEntropy, huber, squaredError } from "./losses/elementwise.js";
export type { Loss, Reduction } from "./losses/loss.js";
export { add, concat, halves, type Input, input, model, mul, sequential } from "./model.js";
export { fromOnnx } from "./onnx/from_onnx.js";
export type { FromOnnx, OnnxAttributes, OnnxLayer, OnnxNode, OnnxOperator } from "./onnx/node.js";
export { adagrad } from "./optimizers/adagrad.js";
export { adam, adamw } from "./optimizers/adam.js";
export type { Optimizer, Rate } from "./optimizers/optimizer.js";
export { rmsprop } from "./optimizers/rmsprop.js";
export { cosine, oneCycle, stepDecay, warmUp } from "./optimizers/schedule.js";
export { sgd } from "./optimizers/sgd.js";
export type {
  Backend,
  Batch,
  Building,
  CpuBackend,
  CpuSession,
  GenerateOptions,
  GpuBackend,
  GpuSession,
  Gradients,
  InputsOf,
  Losses,
  Model,
  OutputsOf,
  PlanView as Plan,
  Session,
  SessionOptions,
  Sizes,
  State,
  TargetsOf,
  Trainer,
  TrainerOptions,
  Weights,
} from "./types.js";
export { readSafetensors, type Safetensors, writeSafetensors } from "./weights/safetensors.js";
export type { Floats, Ints, Tensor, Tensors } from "./weights/tensors.js";

// Where it runs.

export { webgpu } from "./gpu_backend.js";
export { type Check, verify } from "./verify.js";

// The CPU last, so that its WebAssembly lies behind the text in what is built: a compressor looks back some 32 kB only.

export { bestBackend } from "./best_backend.js";
export { cpu } from "./cpu_backend.js";
