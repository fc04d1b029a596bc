// Compiled kernels, floor 4: compiled in parallel, kept for the life of a machine by their text, because a
// model's layers and its next plan use the same ones. Layouts are explicit, so that bind groups need not wait
// for the compiler.

import { DeviceError } from "../../errors.js";
import type { Kernel } from "../../kernels/kernel.js";
import { textOf } from "../../kernels/texts.js";
import type { Life } from "../life.js";
import type { Building } from "../machine.js";
import { COMPUTE } from "./flags.js";
import { scoped } from "./scope.js";

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #life: Life;
  readonly #byText = new Map<string, Promise<Pipeline>>();

  constructor(device: GPUDevice, life: Life) {
    this.#device = device;
    this.#life = life;
  }

  /** Compiles what is not compiled yet. Throws DeviceError where a shader does not compile. */
  async compile(kernels: ReadonlySet<Kernel>, how: Building): Promise<Map<Kernel, Pipeline>> {
    const compiled = new Map<Kernel, Pipeline>();
    const each = [...kernels].map(async (kernel) => {
      compiled.set(kernel, await this.#get(kernel));
      how.signal?.throwIfAborted(); // what was begun goes on, and is kept
      how.onProgress?.(compiled.size, kernels.size);
    });
    await this.#life.wait("build", Promise.all(each));
    return compiled;
  }

  #get(kernel: Kernel): Promise<Pipeline> {
    const text = textOf(kernel);
    const known = this.#byText.get(text);
    if (known) {
      return known;
    }
    const pipeline = compile(this.#device, kernel);
    this.#byText.set(text, pipeline);
    pipeline.catch(() => this.#byText.delete(text));
    return pipeline;
  }
}

async function compile(device: GPUDevice, kernel: Kernel): Promise<Pipeline> {
  const label = kernel.name;
  const { made, error } = scoped(device, label, () => {
    const module = device.createShaderModule({ label, code: textOf(kernel) });
    const layout = device.createBindGroupLayout({ entries: layoutEntries(kernel) });
    const pipeline = device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    return { module, layout, pipeline };
  });
  try {
    const pipeline = await made.pipeline;
    const refused = await error;
    if (refused) {
      throw refused;
    }
    return { pipeline, layout: made.layout };
  } catch (cause) {
    throw await compileError(kernel, made.module, cause);
  }
}

/**
 * Binding 0 is `params`, at a dynamic offset; then the storage bindings; then `run`, if the kernel reads it.
 */
function layoutEntries(kernel: Kernel): GPUBindGroupLayoutEntry[] {
  const params = { type: "uniform", hasDynamicOffset: true } as const;
  const storage = Object.values(kernel.bindings).map((access) => ({
    type: access.startsWith("read_write") ? ("storage" as const) : ("read-only-storage" as const),
  }));
  const run = kernel.run ? [{ type: "uniform" as const }] : [];
  return [params, ...storage, ...run].map((buffer, binding) => ({ binding, visibility: COMPUTE, buffer }));
}

/** A shader's own message, with its line, says more than that its pipeline is invalid. */
async function compileError(kernel: Kernel, module: GPUShaderModule, cause: unknown): Promise<DeviceError> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find((message) => message.type === "error");
  const line = textOf(kernel).split("\n")[(first?.lineNum ?? 0) - 1] ?? "";
  const said = first
    ? `its shader does not compile: line ${first.lineNum}: ${first.message}; please report this.\n` +
      `${first.lineNum} | ${line.trim()}`
    : `its pipeline cannot be made: ${String(cause)}; please report this.`;
  return new DeviceError(`${kernel.name}: ${said}`, { cause });
}
