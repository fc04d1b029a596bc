// TensorFlow.js's lane on WebGPU, the stock way: tf.layers for whole sequences and training, tf.basicLSTMCell for
// single steps. Its GRU has the reset gate before the product only.

import { dataOf, learningRate, type Workload, weightsOf } from "../../../../demo/measure/workloads.js";
import { type Lane, type Prepared, peer, sample, stepInput } from "./lane.js";
import type { Numbers, Stack, Tensor, Tf } from "./tfjs_types.js";

export function tfjsLane(): Lane {
  let tf: Tf;
  return {
    async start() {
      await script("@tensorflow/tfjs/dist/tf.min.js");
      await script("@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js");
      ({ tf } = window as unknown as { tf: Tf }); // what the script has made
      if (!(await tf.setBackend("webgpu")))
        throw new Error("TensorFlow.js has no WebGPU here; it must have.");
      await tf.ready();
      tf.enableProdMode();
      return "";
    },
    async prepare(workload) {
      if (workload.kind === "forward") return forward(tf, workload);
      return workload.kind === "train" ? train(tf, workload) : oneByOne(tf, workload);
    },
  };
}

function script(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const element = document.createElement("script");
  element.src = peer(path);
  element.onload = () => resolve();
  element.onerror = () => reject(new Error(`${element.src} did not load; it must be installed.`));
  document.head.append(element);
  return promise;
}

/** Keras has i f c o and z r h where PyTorch has i f g o and r z n; tf.basicLSTMCell i c f o. */
const keras = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn: [0] } as const;
const basic = [0, 2, 1, 3] as const;

/** Rows of gates in another order. */
function ordered(data: Numbers, gates: readonly number[]): Numbers {
  const block = data.length / gates.length;
  const out = new Float32Array(data.length);
  for (const [to, from] of gates.entries())
    out.set(data.subarray(from * block, (from + 1) * block), to * block);
  return out;
}

/** [rows, columns] as [columns, rows]. */
function transposed(tf: Tf, data: Numbers, rows: number): Tensor {
  const columns = data.length / rows;
  const out = Float32Array.from(data, (_, n) => data[(n % rows) * columns + Math.floor(n / rows)]);
  return tf.tensor2d(out, [columns, rows]);
}

/** [T, B, n] as [B, T, n], or back. */
function swapped<A extends Numbers | Int32Array<ArrayBuffer>>(data: A, T: number, B: number): A {
  const n = data.length / (T * B);
  const out = data.slice() as A; // a typed array's slice is of its kind
  for (let t = 0; t < T; t += 1) {
    for (let b = 0; b < B; b += 1)
      out.set(data.subarray((t * B + b) * n, (t * B + b + 1) * n), (b * T + t) * n);
  }
  return out;
}

/** Kernel [in, G H], recurrent kernel [H, G H], one bias. */
function layerWeights(tf: Tf, workload: Workload, suffix: string, gates: readonly number[]): Tensor[] {
  const all = weightsOf(workload);
  const get = (kind: string) => ordered(all.get(`rnn.${kind}_${suffix}`)?.data ?? new Float32Array(), gates);
  const rows = gates.length * workload.H;
  const [bih, bhh] = [get("bias_ih"), get("bias_hh")];
  return [
    ...["weight_ih", "weight_hh"].map((kind) => transposed(tf, get(kind), rows)),
    tf.tensor1d(bih.map((value, n) => value + bhh[n])),
  ];
}

function headWeights(tf: Tf, workload: Workload): Tensor[] {
  const all = weightsOf(workload);
  const get = (kind: string) => all.get(`head.${kind}`)?.data ?? new Float32Array();
  return [transposed(tf, get("weight"), workload.classes), tf.tensor1d(get("bias"))];
}

function stack(tf: Tf, workload: Workload): Stack {
  const { cell, B, T, I, H, layers, directions, classes } = workload;
  const make = tf.layers[cell === "rnn" ? "simpleRNN" : cell];
  // its own orthogonal weights take minutes, and are replaced
  const options = { units: H, returnSequences: true, recurrentInitializer: "zeros" };
  const gates = cell === "rnn" ? {} : { recurrentActivation: "sigmoid" };
  const net = tf.sequential();
  const weights: Tensor[] = [];
  for (let l = 0; l < layers; l += 1) {
    const shape = l === 0 && { batchInputShape: [B, T, I] };
    const lone = { ...options, ...gates };
    const layer = { layer: make(lone), mergeMode: "concat", ...shape };
    net.add(directions === 2 ? tf.layers.bidirectional(layer) : make({ ...lone, ...shape }));
    for (const side of ["", "_reverse"].slice(0, directions)) {
      weights.push(...layerWeights(tf, workload, `l${l}${side}`, keras[cell]));
    }
  }
  if (classes > 0) {
    net.add(tf.layers.dense({ units: classes }));
    weights.push(...headWeights(tf, workload));
  }
  net.setWeights(weights);
  return net;
}

function forward(tf: Tf, workload: Workload): Prepared {
  const { T, B, I, cell } = workload;
  const net = stack(tf, workload);
  const x = swapped(dataOf(workload).x, T, B);
  return {
    ...(cell === "gru" && { reference: "reset_before" as const, note: "the reset gate before the product" }),
    ordered: (out) => swapped(Float32Array.from(out), B, T),
    async run() {
      const input = tf.tensor3d(x, [B, T, I]);
      const y = net.predict(input, { batchSize: B });
      const out = await y.data();
      tf.dispose([input, y]);
      return out;
    },
  };
}

function train(tf: Tf, workload: Workload): Prepared {
  const { T, B, I, classes } = workload;
  const net = stack(tf, workload);
  const data = dataOf(workload);
  const [x, labels] = [swapped(data.x, T, B), swapped(data.target, T, B)];
  net.compile({
    optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-8),
    loss: (target: Tensor, y: Tensor) => tf.losses.softmaxCrossEntropy(target, y),
  });
  return {
    async run() {
      const input = tf.tensor3d(x, [B, T, I]);
      const indices = () => tf.oneHot(tf.tensor1d(labels, "int32"), classes).reshape([B, T, classes]);
      const target = tf.tidy(indices);
      const value = await net.trainOnBatch(input, target);
      tf.dispose([input, target]);
      return [value];
    },
  };
}

function oneByOne(tf: Tf, workload: Workload): Prepared {
  const { kind, T, I, H } = workload;
  const isWriter = kind === "generate";
  const [wih, whh, b] = layerWeights(tf, workload, "l0", basic);
  const k = tf.concat([wih, whh], 0);
  const [fw, fb] = isWriter ? headWeights(tf, workload) : [];
  const forget = tf.scalar(0);
  const { x, draws } = dataOf(workload);
  return {
    async run() {
      const out = new Float32Array(isWriter ? T : T * H);
      let [h, c] = [tf.zeros([1, H]), tf.zeros([1, H])];
      let token = 0;
      for (let t = 0; t < T; t += 1) {
        const old = [h, c];
        const input = stepInput(workload, x, t, token);
        let logits: Tensor | undefined;
        [c, h, logits] = tf.tidy(() => {
          const [c1, h1] = tf.basicLSTMCell(forget, k, b, tf.tensor2d(input, [1, I]), c, h);
          return [c1, h1, isWriter ? h1.matMul(fw).add(fb) : undefined];
        });
        tf.dispose(old);
        if (kind === "each") out.set(await h.data(), t * H);
        if (logits) {
          token = sample(await logits.data(), draws[t]);
          tf.dispose([logits]);
          out[t] = token;
        }
      }
      const last = kind === "last" ? await h.data() : out;
      tf.dispose([h, c]);
      return last;
    },
  };
}
