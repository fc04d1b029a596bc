// What a trainer or session carries from call to call, floor 5: the states of its recurrent layers, by name.

import type { Memory } from "./backends/machine.js";
import { ShapeError } from "./errors.js";
import type { State } from "./types.js";
import { asFloats, entries, isFloatArray, sizeOf, type Tensor, type Tensors } from "./weights/tensors.js";

export class CarriedState implements State {
  readonly #where: string;
  readonly #memories: ReadonlyMap<string, Memory>;
  readonly #ensure: (where: string) => void;

  constructor(where: string, memories: ReadonlyMap<string, Memory>, ensure: (where: string) => void) {
    this.#where = where;
    this.#memories = memories;
    this.#ensure = ensure;
  }

  async read(): Promise<Map<string, Tensor>> {
    this.#ensure(`${this.#where}.state.read`);
    const reads = [...this.#memories].map(async ([name, memory]): Promise<[string, Tensor]> => {
      const data = await memory.read();
      return [name, { shape: memory.buffer.shape, data: Float32Array.from(data) }];
    });
    return new Map(await Promise.all(reads));
  }

  write(values: Tensors | State): void {
    const where = `${this.#where}.state.write`;
    this.#ensure(where);
    if (values instanceof CarriedState) {
      for (const [name, memory] of values.#memories) this.#memory(where, name).copy(memory);
      return;
    }
    // A State is only ever made here: what is none holds tensors.
    for (const [name, tensor] of entries(values as Tensors)) {
      const memory = this.#memory(where, name);
      if (!isFloatArray(tensor.data))
        throw new ShapeError(`${where}: ${name} must be floats; give a Float32Array.`);
      memory.write(
        asFloats(`${where}: ${name}`, { shape: tensor.shape, data: tensor.data }, memory.buffer.shape),
      );
    }
  }

  /** Zero, for all sequences or for these. */
  reset(sequences?: readonly number[]): void {
    const where = `${this.#where}.state.reset`;
    this.#ensure(where);
    for (const memory of this.#memories.values()) {
      const [LD, B, H] = memory.buffer.shape;
      if (!sequences) {
        memory.write(new Float32Array(sizeOf(memory.buffer.shape)));
        continue;
      }
      for (const b of sequences) {
        if (!Number.isInteger(b) || b < 0 || b >= B) {
          throw new ShapeError(`${where}: sequence ${b} is not there; give numbers from 0 to ${B - 1}.`);
        }
        for (let ld = 0; ld < LD; ld++) memory.write(new Float32Array(H), (ld * B + b) * H);
      }
    }
  }

  #memory(where: string, name: string): Memory {
    const memory = this.#memories.get(name);
    if (memory) return memory;
    const names = [...this.#memories.keys()].join(", ");
    throw new ShapeError(
      `${where}: there is no state "${name}"; ${names ? `there are ${names}` : "nothing is carried"}. ` +
        "Only layers without given initial states carry one, and only with stateful: true.",
    );
  }
}
