// onnxruntime-web's lanes: its wasm with one thread. Its files are served as they are and imported by
// address, so that types and tests need no package of it; the few types that are used stand here.

import { onnxModel } from "./onnx.js";
import type { Lane } from "./race.js";
import { floats, type Weights, type Workload } from "./workloads.js";

interface OrtTensor {
  readonly data: Float32Array;
  dispose(): void;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Record<string, OrtTensor>>;
}

export interface Ort {
  readonly env: {
    readonly versions: { readonly web: string };
    readonly wasm: { wasmPaths: string; numThreads: number };
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

export async function loadOrt(): Promise<Ort> {
  const folder = new URL("/", location.href).href; // a whole address: Vite leaves such imports alone
  const ort: Ort = await import(/* @vite-ignore */ `${folder}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = 1;
  return ort;
}

export async function ortLane(ort: Ort, workload: Workload, weights: Weights): Promise<Lane> {
  const { B, T, I, H, directions: D, steps } = workload;
  const session = await ort.InferenceSession.create(onnxModel(workload, weights), {
    executionProviders: ["wasm"],
  });
  const tensor = (data: Float32Array, shape: readonly number[]): OrtTensor =>
    new ort.Tensor("float32", data, shape);
  const x = floats(workload);
  const name = "onnxruntime-web";

  if (steps === T) {
    let y = new Float32Array();
    return {
      name,
      async run() {
        y = (await session.run({ X: tensor(x, [T, B, I]) })).Y.data as typeof y;
      },
      output: () => y,
    };
  }
  const y = new Float32Array(T * B * D * H);
  return {
    name,
    async run() {
      let h = tensor(new Float32Array(D * B * H), [D, B, H]);
      let c = tensor(new Float32Array(D * B * H), [D, B, H]);
      for (let t = 0; t < T; t += 1) {
        const X = tensor(x.subarray(t * B * I, (t + 1) * B * I), [1, B, I]);
        const { Y, hn, cn } = await session.run({ X, h, c });
        y.set(Y.data, t * B * D * H);
        h = hn;
        c = cn;
      }
    },
    output: () => y,
  };
}
