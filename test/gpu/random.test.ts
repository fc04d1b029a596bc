// shaders/random.wgsl and src/random.ts are the same arithmetic: masks drawn on the GPU are those of the CPU, bit for bit.

import { expect, test } from "vitest";
import shader from "../../shaders/random.wgsl?raw";
import { mix, mix2 } from "../../src/random.js";
import { testDevice } from "./device.js";

const main = `
@group(0) @binding(0) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  words[2 * id.x] = mix2(0xfffffffeu + id.x, id.x * 0x10001u);
  words[2 * id.x + 1] = mix2(mix2(7u, id.x), 0x80000000u);
}
`;

test("a thousand words are the same on the GPU", async () => {
  const device = await testDevice();
  const module = device.createShaderModule({ code: `${shader}\n${main}` });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const size = 2 * 512 * 4;
  const words = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const read = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: words } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(512 / 64);
  pass.end();
  encoder.copyBufferToBuffer(words, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const got = new Uint32Array(read.getMappedRange().slice(0));
  device.destroy();

  const want = Uint32Array.from({ length: 1024 }, (_, k) => {
    const id = k >> 1;
    return k % 2 === 0 ? mix2((0xfffffffe + id) >>> 0, Math.imul(id, 0x10001)) : mix(7, id, 0x80000000);
  });
  expect(got).toEqual(want);
});
