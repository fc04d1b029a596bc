// Counts what a GPUDevice is asked for: the proof that a warm run makes nothing and is one submit of one
// pass. Methods are replaced on the device itself, so that the code under test sees a real device.

/** What a warm run must not do: it would allocate, compile or wait. */
export const creating = [
  "createBuffer",
  "createTexture",
  "createSampler",
  "createBindGroup",
  "createBindGroupLayout",
  "createPipelineLayout",
  "createShaderModule",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createRenderPipeline",
  "createRenderPipelineAsync",
  "createQuerySet",
  "importExternalTexture",
] as const;

export type Counted =
  | (typeof creating)[number]
  | "createCommandEncoder"
  | "beginComputePass"
  | "dispatchWorkgroups"
  | "copyBufferToBuffer"
  | "clearBuffer"
  | "mapAsync"
  | "submit"
  | "writeBuffer"
  | "onSubmittedWorkDone"
  | "destroy";

export interface Counts {
  /** Calls since the last reset; 0 for what was not called. */
  of(name: Counted): number;
  /** Everything that was called, by name. */
  all(): Record<string, number>;
  /** Calls of `creating` and of mapAsync. */
  made(): number;
  /** Bytes written from the host. */
  bytesWritten(): number;
  reset(): void;
}

/** Begins to count. Buffers and encoders made before are not seen. */
export function counting(device: GPUDevice): Counts {
  const calls = new Map<string, number>();
  let written = 0;
  const count = (name: string) => calls.set(name, (calls.get(name) ?? 0) + 1);

  /** Counts calls of a method; `then` sees what it returns. */
  function watch(target: object, name: Counted, then?: (made: object) => void): void {
    const methods = target as Record<string, (...args: unknown[]) => object>; // methods by name, whatever the class
    const original = methods[name];
    methods[name] = (...args) => {
      count(name);
      const made = original.apply(target, args);
      then?.(made);
      return made;
    };
  }

  for (const name of creating) {
    watch(device, name, name === "createBuffer" ? (buffer) => watch(buffer, "mapAsync") : undefined);
  }
  watch(device, "createCommandEncoder", (encoder) => {
    watch(encoder, "copyBufferToBuffer");
    watch(encoder, "clearBuffer");
    watch(encoder, "beginComputePass", (pass) => watch(pass, "dispatchWorkgroups"));
  });
  watch(device, "destroy");
  watch(device.queue, "submit");
  watch(device.queue, "onSubmittedWorkDone");
  const write = device.queue.writeBuffer.bind(device.queue) as (...args: unknown[]) => undefined; // its two signatures
  device.queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: unknown, ...rest: unknown[]) => {
    count("writeBuffer");
    written += (data as ArrayBuffer | ArrayBufferView).byteLength;
    return write(buffer, offset, data, ...rest);
  };

  const of = (name: Counted) => calls.get(name) ?? 0;
  return {
    of,
    all: () => Object.fromEntries(calls),
    made: () => creating.reduce((sum, name) => sum + of(name), of("mapAsync")),
    bytesWritten: () => written,
    reset() {
      calls.clear();
      written = 0;
    },
  };
}
