// onnxruntime-web's lanes on WebGPU. Plain: states stay on the device between steps. Bound, for steps alone:
// inputs and outputs are buffers made once, the state goes back and forth between two of them, and the page reads
// through a buffer of its own. (Graph capture would be next, but 1.30 throws at a step model's second run.)

import { dataOf, type Workload, weightsOf } from "../../../../demo/measure/workloads.js";
import { onnxModel } from "../../cpu_peers/onnx.js";
import { type Lane, type Prepared, peer, sample, stepInput } from "./lane.js";

interface OrtTensor {
  readonly data: Float32Array;
  getData(release: boolean): Promise<Float32Array>;
  dispose(): void;
}
type Tensors = Record<string, OrtTensor>;

interface OrtSession {
  run(feeds: Tensors, outputs?: Tensors | readonly string[]): Promise<Tensors>;
}

interface Ort {
  readonly env: {
    readonly wasm: { wasmPaths: string; numThreads: number };
    readonly webgpu: { readonly device: Promise<GPUDevice> };
  };
  readonly Tensor: {
    new (type: "float32", data: Float32Array, shape: readonly number[]): OrtTensor;
    fromGpuBuffer(buffer: GPUBuffer, options: object): OrtTensor;
  };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

const isStepwise = ({ kind }: Workload): boolean => kind === "each" || kind === "last" || kind === "generate";

export function ortLane({ bound }: { bound: boolean }): Lane {
  let ort: Ort;
  return {
    async start() {
      ort = await import(/* @vite-ignore */ peer("onnxruntime-web/dist/ort.webgpu.min.mjs"));
      ort.env.wasm.wasmPaths = peer("onnxruntime-web/dist/");
      ort.env.wasm.numThreads = 1;
      return "";
    },
    async prepare(workload) {
      if (workload.kind === "train") return "it cannot train in a page";
      if (bound && !isStepwise(workload)) return "as without bound buffers";
      const location =
        isStepwise(workload) && (bound ? "gpu-buffer" : { hn: "gpu-buffer", cn: "gpu-buffer" });
      const session = await ort.InferenceSession.create(onnxModel(onnxOf(workload), weightsOf(workload)), {
        executionProviders: ["webgpu"],
        ...(location && { preferredOutputLocation: location }),
      });
      if (!isStepwise(workload)) return whole(ort, session, workload);
      return bound ? boundSteps(ort, session, workload) : steps(ort, session, workload);
    },
  };
}

const onnxOf = (workload: Workload) => ({ ...workload, steps: isStepwise(workload) ? 1 : workload.T });

function whole(ort: Ort, session: OrtSession, workload: Workload): Prepared {
  const { T, B, I } = workload;
  const { x } = dataOf(workload);
  return { run: async () => (await session.run({ X: new ort.Tensor("float32", x, [T, B, I]) })).Y.data };
}

function steps(ort: Ort, session: OrtSession, workload: Workload): Prepared {
  const { kind, T, I, H } = workload;
  const { x, draws } = dataOf(workload);
  const tensor = (data: Float32Array) => new ort.Tensor("float32", data, [1, 1, data.length]);
  const fetched = kind === "last" ? ["hn", "cn"] : ["Y", "hn", "cn"];
  return {
    async run() {
      const out = new Float32Array(kind === "generate" ? T : T * H);
      let [h, c] = [tensor(new Float32Array(H)), tensor(new Float32Array(H))];
      let token = 0;
      for (let t = 0; t < T; t += 1) {
        const X = new ort.Tensor("float32", stepInput(workload, x, t, token), [1, 1, I]);
        const { Y, hn, cn } = await session.run({ X, h, c }, fetched);
        for (const old of [h, c]) old.dispose();
        [h, c] = [hn, cn];
        if (kind === "each") out.set(Y.data, t * H);
        if (kind === "generate") {
          token = sample(Y.data, draws[t]);
          out[t] = token;
        }
      }
      const last = kind === "last" ? await h.getData(true) : out;
      for (const old of [h, c]) old.dispose();
      return last;
    },
  };
}

async function boundSteps(ort: Ort, session: OrtSession, workload: Workload): Promise<Prepared> {
  const { kind, T, I, H, classes } = workload;
  const { x, draws } = dataOf(workload);
  const device = await ort.env.webgpu.device;
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const make = (dims: readonly number[]) => {
    const size = 4 * dims.reduce((product, n) => product * n, 1);
    const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    return { size, buffer, tensor: ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims }) };
  };
  const state = [1, 1, H];
  const X = make([1, 1, I]);
  const y = make(kind === "generate" ? [1, classes] : [1, 1, 1, H]);
  const pairs = [0, 1].map(() => ({ h: make(state), c: make(state) }));
  const staging = device.createBuffer({ size: y.size, usage: MAP_READ | COPY_DST });
  const submit = (record: (encoder: GPUCommandEncoder) => void) => {
    const encoder = device.createCommandEncoder();
    record(encoder);
    device.queue.submit([encoder.finish()]);
  };
  const read = async () => {
    submit((encoder) => encoder.copyBufferToBuffer(y.buffer, 0, staging, 0, y.size));
    await staging.mapAsync(GPUMapMode.READ);
    const out = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return out;
  };
  return {
    async run() {
      const out = new Float32Array(kind === "generate" ? T : T * H);
      submit((encoder) => {
        for (const { buffer } of Object.values(pairs[0])) encoder.clearBuffer(buffer);
      });
      let token = 0;
      for (let t = 0; t < T; t += 1) {
        device.queue.writeBuffer(X.buffer, 0, stepInput(workload, x, t, token));
        const [from, to] = [pairs[t % 2], pairs[(t + 1) % 2]];
        await session.run(
          { X: X.tensor, h: from.h.tensor, c: from.c.tensor },
          { Y: y.tensor, hn: to.h.tensor, cn: to.c.tensor },
        );
        if (kind === "each") out.set(await read(), t * H);
        if (kind === "generate") {
          token = sample(await read(), draws[t]);
          out[t] = token;
        }
      }
      return kind === "last" ? read() : out;
    },
  };
}
