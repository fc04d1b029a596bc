// What a trainer or session carries from call to call, floor 5: the states of its recurrent layers, by name.

import type { Floats32or64, Memory } from "../backends/machine.js";
import { ShapeError, wrong } from "../errors.js";
import type { State } from "../types.js";
import {
  asFloats,
  entries,
  type FloatArray,
  showShape,
  type Tensor,
  type Tensors,
} from "../weights/tensors.js";
import type { Turns } from "./turns.js";

export class CarriedState implements State<Floats32or64> {
  readonly #where: string;
  readonly #memories: ReadonlyMap<string, Memory>;
  readonly #turns: Turns;
  readonly #ensure: (where: string) => void;

  /** turns: calls before which and after which it is read and written. */
  constructor(
    where: string,
    memories: ReadonlyMap<string, Memory>,
    turns: Turns,
    ensure: (where: string) => void,
  ) {
    this.#where = where;
    this.#memories = memories;
    this.#turns = turns;
    this.#ensure = ensure;
  }

  async read(): Promise<Map<string, Tensor<Floats32or64>>> {
    this.#ensure(`${this.#where}.state.read`);
    return this.#turns.follow(() => readStates(this.#memories));
  }

  write(values: Tensors | State<Floats32or64>): void {
    const where = `${this.#where}.state.write`;
    this.#ensure(where);
    // All is checked before anything is written.
    if (values instanceof CarriedState) {
      values.#ensure(where);
      const pairs = [...values.#memories].map(([name, from]) => ({
        name,
        from,
        to: this.#memory(where, name),
      }));
      for (const { name, from, to } of pairs) {
        const [found, wanted] = [showShape(from.buffer.shape), showShape(to.buffer.shape)];
        if (found === wanted) continue;
        throw wrong(`${where}: ${name}`, found, `${wanted}, of as many sequences`);
      }
      this.#turns.do(() => {
        for (const { from, to } of pairs) to.copy(from);
      });
      return;
    }
    // A State is only ever made here: what is none holds tensors, whose kinds are checked.
    const writes = [...entries(where, values as Tensors)].map(([name, tensor]) => {
      const to = this.#memory(where, name);
      const data = asFloats(`${where}: ${name}`, tensor as Tensor<FloatArray>, to.buffer.shape);
      return { to, data: this.#turns.busy ? data.slice() : data };
    });
    this.#turns.do(() => {
      for (const { to, data } of writes) to.write(data);
    });
  }

  /** Zero, for all sequences or for these. */
  reset(sequences?: readonly number[]): void {
    const where = `${this.#where}.state.reset`;
    this.#ensure(where);
    for (const { buffer } of this.#memories.values()) {
      const B = buffer.shape[1];
      const isThere = (b: number): boolean => Number.isInteger(b) && b >= 0 && b < B;
      if (sequences === undefined || sequences?.every?.(isThere)) continue; // typed arrays have it too
      throw wrong(`${where}: sequences`, sequences, `a list of numbers from 0 to ${B - 1}`);
    }
    const some = sequences && Array.from(sequences);
    this.#turns.do(() => {
      for (const memory of this.#memories.values()) zero(memory, some);
    });
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

/** What states hold, by name. */
export async function readStates(
  memories: ReadonlyMap<string, Memory>,
): Promise<Map<string, Tensor<Floats32or64>>> {
  const reads = Array.from(memories, async ([name, memory]) => {
    const data = (await memory.read()) as Floats32or64; // states are floats
    return [name, { shape: memory.buffer.shape, data }] as const;
  });
  return new Map(await Promise.all(reads));
}

function zero(memory: Memory, sequences: readonly number[] | undefined): void {
  const [LD, B, H] = memory.buffer.shape;
  if (!sequences) memory.write(new Float32Array(LD * B * H));
  for (const b of sequences ?? []) {
    for (let ld = 0; ld < LD; ld++) memory.write(new Float32Array(H), (ld * B + b) * H);
  }
}
