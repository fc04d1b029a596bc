// A network's weights on a machine, floor 5: one buffer of all of them, and the packed copy. A trainer or session owns one; sessions
// of the same backend may share it, and then nothing leaves the device.

import type { Floats32or64, Machine, Memory, Runnable } from "../backends/machine.js";
import { LimitError, WeightsError } from "../errors.js";
import type { Arena, Parameter, ParameterSpec } from "../plan/arena.js";
import { type Buffer, Plan } from "../plan/plan.js";
import { fromMemory, toMemory } from "../weights/blocks.js";
import {
  entries,
  type FloatArray,
  isFloatArray,
  showShape,
  sizeOf,
  type Tensor,
  type Tensors,
} from "../weights/tensors.js";
import type { AnyNetwork } from "./network.js";
import { emitPack, type WeightBuffers, weightBuffers } from "./planner.js";

export class Store {
  readonly arena: Arena;
  readonly buffers: WeightBuffers;
  readonly machine: Machine;
  readonly #memories: ReadonlyMap<Buffer, Memory>;
  readonly #pack: Runnable | undefined;

  private constructor(
    machine: Machine,
    arena: Arena,
    buffers: WeightBuffers,
    memories: ReadonlyMap<Buffer, Memory>,
    packing: Runnable | undefined,
  ) {
    this.machine = machine;
    this.arena = arena;
    this.buffers = buffers;
    this.#memories = memories;
    this.#pack = packing;
  }

  /** Memory for the network's weights, filled with these. */
  static async load(machine: Machine, net: AnyNetwork, weights: Tensors): Promise<Store> {
    const values = matched(net.trace.parameters, weights);
    const { arena } = net;
    const buffers = weightBuffers(arena);
    const memories = new Map<Buffer, Memory>();
    try {
      for (const buffer of Object.values(buffers)) memories.set(buffer, await machine.allocate(buffer));
      const plan = new Plan();
      emitPack(plan, arena, buffers);
      const packing = plan.dispatches.length > 0 ? await machine.build(plan, memories) : undefined;
      const store = new Store(machine, arena, buffers, memories, packing);
      memories.get(buffers.table)?.write(arena.packs());
      for (const parameter of arena.parameters.values()) {
        store.#weights.write(
          toMemory(values.get(parameter.name) ?? new Float32Array(), parameter.blocks),
          parameter.at,
        );
      }
      await store.packAll();
      return store;
    } catch (error) {
      for (const memory of memories.values()) memory.dispose();
      throw error;
    }
  }

  /** What plans that use these weights share. */
  get shared(): ReadonlyMap<Buffer, Memory> {
    return this.#memories;
  }

  /** Throws WeightsError where a network needs weights that are not here. */
  ensureFits(net: AnyNetwork): void {
    for (const { name, shape } of net.trace.parameters) {
      const there = this.arena.parameters.get(name);
      if (!there || showShape(there.shape) !== showShape(shape)) {
        const found = there ? `is ${showShape(there.shape)}` : "is missing";
        throw new WeightsError(
          `weights: ${name} ${found} in what is shared; the network needs ${showShape(shape)}. ` +
            "Share weights of a network that has the same layers.",
        );
      }
    }
  }

  /** All weights, in PyTorch's order of rows. */
  async read(): Promise<Map<string, Tensor<Floats32or64>>> {
    return this.named((await this.#weights.read()) as Floats32or64);
  }

  /** Splits what lies as the weights do (gradients, moments) by name. */
  named(all: Floats32or64): Map<string, Tensor<Floats32or64>> {
    return new Map([...this.arena.parameters.values()].map((p) => [p.name, tensorOf(all, p)]));
  }

  /** The reverse of named, for one tensor: where it goes and how it lies there. */
  place(name: string, data: FloatArray): { data: FloatArray; at: number } {
    const parameter = this.arena.get(name);
    return { data: toMemory(data, parameter.blocks), at: parameter.at };
  }

  async packAll(): Promise<void> {
    await this.#pack?.run({ update: 0, seed: 0, lr: 0, correction1: 1, correction2: 1, clip: 0 });
  }

  dispose(): void {
    this.#pack?.dispose();
    for (const memory of this.#memories.values()) memory.dispose();
  }

  get #weights(): Memory {
    const memory = this.#memories.get(this.buffers.weights);
    if (memory) return memory;
    throw new LimitError("weights: they have no memory; load them first.");
  }
}

function tensorOf(all: Floats32or64, { shape, at, blocks }: Parameter): Tensor<Floats32or64> {
  return { shape, data: fromMemory(all.slice(at, at + sizeOf(shape)), blocks) };
}

/** Checks names, shapes and values. Names outside the network's layers are passed over; an unknown one inside is an error. */
function matched(parameters: readonly ParameterSpec[], weights: Tensors): Map<string, FloatArray> {
  const given = new Map(entries(weights));
  const wanted = new Map(parameters.map((p) => [p.name, p]));
  const layers = new Set(parameters.map(({ name }) => layerOf(name)));
  for (const name of given.keys()) {
    if (!wanted.has(name) && layers.has(layerOf(name))) {
      throw new WeightsError(
        `weights: ${name} is not one of the network's; ${layerOf(name) || "it"} has ${under(wanted, layerOf(name))}. ` +
          "Rename or leave it out.",
      );
    }
  }
  return new Map(
    parameters.map((p) => {
      const tensor = given.get(p.name);
      if (!tensor) {
        const names = [...given.keys()].slice(0, 4).join(", ");
        throw new WeightsError(
          `weights: ${p.name} is missing; the network needs ${showShape(p.shape)}. There are ${names || "none"}. ` +
            "Give all weights, or begin from net.initialWeights().",
        );
      }
      if (showShape(tensor.shape) !== showShape(p.shape)) {
        throw new WeightsError(
          `weights: ${p.name} is ${showShape(tensor.shape)}; the network needs ${showShape(p.shape)}.${guess(p, tensor.shape)}`,
        );
      }
      return [p.name, numbers(p, tensor.data)];
    }),
  );
}

/** "rnn" of rnn.weight_ih_l0; "" of a bare layer's weight. */
function layerOf(name: string): string {
  const at = name.lastIndexOf(".");
  return at < 0 ? "" : name.slice(0, at);
}

function under(wanted: ReadonlyMap<string, unknown>, layer: string): string {
  return [...wanted.keys()].filter((name) => layerOf(name) === layer).join(", ");
}

/** What weights of another number of gates look like. */
function guess({ name, shape }: ParameterSpec, found: readonly number[]): string {
  const units = /weight_hh_l\d/.test(name) ? shape[1] : 0;
  const gates = units && found[1] === units ? found[0] / units : 0;
  const cells: Record<number, string> = { 1: "an RNN's", 3: "a GRU's", 4: "an LSTM's" };
  return cells[gates]
    ? ` These look like ${cells[gates]} weights (${gates} gate${gates > 1 ? "s" : ""}).`
    : "";
}

function numbers({ name, shape }: ParameterSpec, data: unknown): FloatArray {
  if (!isFloatArray(data) || data.length !== sizeOf(shape)) {
    throw new WeightsError(
      `weights: ${name} must be ${sizeOf(shape)} floats; give a Float32Array or Float64Array.`,
    );
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new WeightsError(
      `weights: ${name} has ${data[wrong]} at ${wrong}; weights must be finite. Load a sound file.`,
    );
  }
  return data;
}
