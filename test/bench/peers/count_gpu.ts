// Counts what a page asks of WebGPU, whichever library asks: methods are replaced on the prototypes, before any
// library is loaded.

export type Counted =
  | "submits"
  | "dispatches"
  | "passes"
  | "buffers"
  | "bytes"
  | "maps"
  | "writes"
  | "copies"
  | "groups"
  | "pipelines"
  | "workgroupBytes";

export type Counts = Record<Counted, number>;

const nothing: Counts = {
  submits: 0,
  dispatches: 0,
  passes: 0,
  buffers: 0,
  bytes: 0,
  maps: 0,
  writes: 0,
  copies: 0,
  groups: 0,
  pipelines: 0,
  workgroupBytes: 0,
};
let counts = { ...nothing };
const workgroupBytes = new WeakMap<object, number>();

/** What was counted since the last call. */
export function takeCounts(): Counts {
  const taken = counts;
  counts = { ...nothing };
  return taken;
}

/** Does something at each call of a method; `then` sees what it returned. */
function watch<A extends unknown[]>(
  type: { readonly prototype: object },
  method: string,
  at: (...args: A) => void,
  then?: (made: object, ...args: A) => void,
): void {
  const methods = type.prototype as Record<string, (this: unknown, ...args: A) => object>; // by name, whatever the class
  const original = methods[method];
  methods[method] = function (...args) {
    at(...args);
    const made = original.apply(this, args);
    then?.(made, ...args);
    return made;
  };
}

const count = (name: Counted) => () => {
  counts[name] += 1;
};

watch(GPUQueue, "submit", count("submits"));
watch(GPUQueue, "writeBuffer", count("writes"));
watch(GPUCommandEncoder, "beginComputePass", count("passes"));
watch(GPUCommandEncoder, "copyBufferToBuffer", count("copies"));
watch(GPUComputePassEncoder, "dispatchWorkgroups", count("dispatches"));
watch(GPUComputePassEncoder, "dispatchWorkgroupsIndirect", count("dispatches"));
watch(GPUBuffer, "mapAsync", count("maps"));
watch(GPUDevice, "createBindGroup", count("groups"));
watch(GPUDevice, "createBuffer", ({ size }: GPUBufferDescriptor) => {
  counts.buffers += 1;
  counts.bytes += size;
});
watch(
  GPUDevice,
  "createShaderModule",
  (_: GPUShaderModuleDescriptor) => undefined,
  (module, { code }) => workgroupBytes.set(module, workgroupBytesOf(code)),
);
for (const method of ["createComputePipeline", "createComputePipelineAsync"]) {
  watch(GPUDevice, method, ({ compute }: GPUComputePipelineDescriptor) => {
    counts.pipelines += 1;
    counts.workgroupBytes += workgroupBytes.get(compute.module) ?? 0;
  });
}

/** NaN where an array's length is not a number in the text. */
function workgroupBytesOf(code: string): number {
  const types = Array.from(code.matchAll(/var<workgroup>\s*\w+\s*:\s*([^;=]+);/g), ([, type]) => type);
  return types.reduce((sum, type) => sum + bytesOf(type.replace(/\s/g, "")), 0);
}

function bytesOf(type: string): number {
  const [, element, length] = /^array<(.+),(\w+)>$/.exec(type) ?? [];
  if (element) return Number.parseInt(length, 10) * bytesOf(element);
  const [, size = "1"] = /^vec([234])/.exec(type) ?? [];
  return 4 * (size === "3" ? 4 : Number(size)) * (/(f16|h>?)$/.test(type) ? 0.5 : 1);
}
