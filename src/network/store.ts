// A network's weights on a machine, floor 5: one buffer of all of them, and the packed copy. A trainer or
// session owns one; sessions of the same backend may share it, and then nothing leaves the device.

import { Life } from "../backends/life.js";
import type { Floats32or64, Machine, Memory, Runnable } from "../backends/machine.js";
import { DisposedError, WeightsError } from "../errors.js";
import { still } from "../kernels/kernel.js";
import type { Arena, Parameter, Storage } from "../plan/arena.js";
import { type Buffer, Plan } from "../plan/plan.js";
import { fromMemory, toMemory } from "../weights/blocks.js";
import { type FloatArray, showShape, sizeOf, type Tensor, type Tensors } from "../weights/tensors.js";
import { matched } from "./matched.js";
import type { AnyNetwork } from "./network.js";
import { emitPack, type WeightBuffers, weightBuffers } from "./planner.js";
import { Turns } from "./turns.js";

export class Store {
  readonly life = new Life();
  /** Calls that read these weights over several runs. */
  readonly turns = new Turns();
  readonly arena: Arena;
  readonly buffers: WeightBuffers;
  readonly machine: Machine;
  readonly #memories = new Map<Buffer, Memory>();
  readonly #names: readonly string[];
  #pack: Runnable | undefined;

  /** names: in the order in which layers were declared, wherever they lie. */
  private constructor(machine: Machine, arena: Arena, names: Iterable<string>) {
    this.machine = machine;
    this.arena = arena;
    this.#names = [...names];
    this.buffers = weightBuffers(arena);
  }

  /** Memory for the network's weights, filled with these. */
  static async load(
    machine: Machine,
    net: AnyNetwork,
    weights: Tensors,
    storage: Storage | undefined,
  ): Promise<Store> {
    const values = matched(net, weights);
    // on the CPU a float16 would be made a float32 each time it is read
    const store = new Store(
      machine,
      net.arenaOf(machine.kind === "cpu" ? "float32" : storage),
      net.shapes.keys(),
    );
    try {
      await store.#fill(values);
      return store;
    } catch (error) {
      store.dispose();
      throw error;
    }
  }

  async #fill(values: ReadonlyMap<string, FloatArray>): Promise<void> {
    const { arena, buffers, machine } = this;
    for (const buffer of Object.values(buffers)) this.#memories.set(buffer, await machine.allocate(buffer));
    const plan = new Plan();
    emitPack(plan, arena, buffers);
    if (plan.dispatches.length > 0) this.#pack = await machine.build(plan, this.#memories);
    this.#memories.get(buffers.table)?.write(arena.packs());
    for (const { name, at, blocks } of arena.parameters.values()) {
      const data = values.get(name);
      if (data) this.#weights.write(toMemory(data, blocks), at);
    }
    await this.packAll();
  }

  /** What plans that use these weights share. */
  get shared(): ReadonlyMap<Buffer, Memory> {
    return this.#memories;
  }

  /** Throws WeightsError where a network needs weights that are not here. */
  ensureFits(net: AnyNetwork): void {
    for (const { name, shape, blocks } of net.trace.parameters) {
      const there = this.arena.parameters.get(name);
      const fits = there && showShape(there.shape) === showShape(shape);
      if (fits && String(there.blocks) === String(blocks)) continue;
      const found = there ? `is ${showShape(there.shape)}${fits ? " of other gates" : ""}` : "is missing";
      throw new WeightsError(
        `weights: ${name} ${found} in what is shared; the network needs ${showShape(shape)}. ` +
          "Share those of the same layers.",
      );
    }
  }

  /** All weights, in PyTorch's order of rows. */
  async read(): Promise<Map<string, Tensor<Floats32or64>>> {
    return this.named((await this.#weights.read()) as Floats32or64);
  }

  /** Splits what lies as the weights do, or as some of them side by side (gradients, moments), by name. */
  named(all: Floats32or64, arena = this.arena): Map<string, Tensor<Floats32or64>> {
    const there = this.#names.filter((name) => arena.parameters.has(name));
    return new Map(there.map((name) => [name, tensorOf(all, arena.get(name))]));
  }

  async packAll(): Promise<void> {
    await this.#pack?.run(still);
  }

  dispose(): void {
    this.life.end(
      (where) => new DisposedError(`${where}: the weights that it shares were disposed; make another.`),
    );
    this.#pack?.dispose();
    for (const memory of this.#memories.values()) memory.dispose();
  }

  get #weights(): Memory {
    return this.#memories.get(this.buffers.weights) as Memory; // every store is loaded
  }
}

function tensorOf(all: Floats32or64, { shape, at, blocks }: Parameter): Tensor<Floats32or64> {
  return { shape, data: fromMemory(all.slice(at, at + sizeOf(shape)), blocks) };
}
