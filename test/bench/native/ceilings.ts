// What the device can do at most, measured in the same run: bytes copied a second, multiplications with additions a
// second in registers alone, and the library's own product of two large matrices.

import { type Backend, linear, webgpu } from "webrnn";
import type { Clock } from "./clock.js";

export interface Ceilings {
  /** Bytes a second, read and written counted apart. */
  readonly bandwidth: number;
  /** Operations a second, a multiplication and an addition counted apart. */
  readonly arithmetic: number;
  readonly product: number;
}

/** A ceiling is measured by work of at least so many seconds. */
const longEnough = 0.01;
const repeats = 5;
const group = 256;

export async function ceilingsOf(device: GPUDevice, clock: Clock): Promise<Ceilings> {
  return {
    bandwidth: await bandwidthOf(device, clock),
    arithmetic: await arithmeticOf(device, clock),
    product: await productOf(await webgpu({ device }), clock),
  };
}

/** Doubles the work until it is long enough, or as large as it may be. */
async function rate(
  measure: (size: number) => Promise<{ readonly work: number; readonly seconds: number }>,
  first: number,
  largest: number,
): Promise<number> {
  for (let size = first; ; size *= 2) {
    const { work, seconds } = await measure(size);
    if (seconds >= longEnough || 2 * size > largest) return work / seconds;
  }
}

function bandwidthOf(device: GPUDevice, clock: Clock): Promise<number> {
  const shader = `
    @group(0) @binding(0) var<storage, read> a: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> b: array<vec4f>;
    @compute @workgroup_size(${group}) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) n: vec3u) {
      for (var i = id.x; i < arrayLength(&a); i += n.x * ${group}u) { b[i] = a[i]; }
    }`;
  const largest = Math.min(device.limits.maxStorageBufferBindingSize, 2 ** 30);
  return rate(
    async (bytes) => {
      const groups = Math.min(65_535, bytes / 16 / group);
      const seconds = await timeOf(device, clock, shader, [bytes, bytes], groups);
      return { work: 2 * bytes, seconds };
    },
    2 ** 22,
    largest,
  );
}

function arithmeticOf(device: GPUDevice, clock: Clock): Promise<number> {
  const [groups, chains] = [2048, 8];
  const each = (line: (n: number) => string) => Array.from({ length: chains }, (_, n) => line(n)).join(" ");
  return rate(
    async (steps) => {
      // eight chains of four are enough to hide how long one operation takes
      const shader = `
        @group(0) @binding(0) var<storage, read> a: array<vec4f>;
        @group(0) @binding(1) var<storage, read_write> b: array<vec4f>;
        @compute @workgroup_size(${group}) fn main(@builtin(global_invocation_id) id: vec3u) {
          let x = a[id.x % 16u];
          ${each((n) => `var y${n} = x + ${n}.0;`)}
          for (var i = 0u; i < ${steps}u; i++) { ${each((n) => `y${n} = fma(y${n}, x, x);`)} }
          b[id.x] = ${Array.from({ length: chains }, (_, n) => `y${n}`).join(" + ")};
        }`;
      const seconds = await timeOf(device, clock, shader, [256, 16 * groups * group], groups);
      return { work: groups * group * steps * chains * 4 * 2, seconds };
    },
    1,
    2 ** 20,
  );
}

/** One dispatch of a shader over two buffers. */
async function timeOf(
  device: GPUDevice,
  clock: Clock,
  code: string,
  sizes: readonly number[],
  groups: number,
): Promise<number> {
  const [STORAGE, COPY_SRC] = [128, 4]; // node has no GPUBufferUsage
  const buffers = sizes.map((size) => device.createBuffer({ size, usage: STORAGE | COPY_SRC }));
  const compute = { module: device.createShaderModule({ code }) };
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bindings = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const submit = () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  submit();
  const seconds = await clock.time(submit, repeats);
  for (const buffer of buffers) buffer.destroy();
  return seconds;
}

/** [n, n] by [n, n]. */
function productOf(backend: Backend, clock: Clock): Promise<number> {
  return rate(
    async (n) => {
      const net = linear(n, n, { bias: false });
      const weights = net.initialWeights({ seed: 1 });
      const session = await backend.session(net, {
        weights,
        batchSize: n,
        sequenceLength: 1,
        batchFirst: false,
      });
      const x = new Float32Array(n * n);
      await session.run({ x }, []);
      const seconds = await clock.time(() => session.run({ x }, []), repeats);
      const { flops } = session.plan.cost();
      session.dispose();
      return { work: flops, seconds };
    },
    128,
    4096,
  );
}
