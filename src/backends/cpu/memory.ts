// The memory of the CPU backend, floor 4: one arena for all plans of a backend, because the operations address vectors as
// offsets into one. It grows by moving; addresses stay, views do not.

import { DeviceError, DisposedError, LimitError } from "../../errors.js";
import type { Ops } from "../../kernels/ops.js";
import { type Buffer, size } from "../../plan/plan.js";
import { checkShared, checkWrite } from "../contents.js";
import { Life } from "../life.js";
import type { Contents, Memory, Writable } from "../machine.js";
import { Plain } from "./plain.js";

/** Vectors begin at multiples of this many bytes, as SIMD likes them. */
const ALIGNMENT = 16;

interface Area {
  at: number;
  elements: number;
}

/** Addresses and sizes are in elements, floats of the arena's precision. */
export class Arena {
  readonly precision: "float32" | "float64";
  readonly #elementBytes: number;
  #buffer = new ArrayBuffer(0);
  #ops: Ops;
  /** Free areas in order of their addresses, no two adjacent. */
  readonly #free: Area[] = [];
  #used = 0;

  constructor(precision: "float32" | "float64") {
    this.precision = precision;
    this.#elementBytes = precision === "float64" ? 8 : 4;
    this.#ops = new Plain(this.#buffer, precision);
  }

  /** The operations over the arena as it is now: another object after growth. */
  get ops(): Ops {
    return this.#ops;
  }

  /** Bytes of the arena as it is now, those not in use included. */
  get bytes(): number {
    return this.#buffer.byteLength;
  }

  /** Bytes allocated and not freed. */
  get used(): number {
    return this.#used * this.#elementBytes;
  }

  /** Elements that hold a buffer: 32-bit integers may lie two in a float. */
  elements(buffer: Buffer): number {
    return buffer.type === "u32" ? Math.ceil(size(buffer) / this.#ops.words) : size(buffer);
  }

  /** What `elements` take up, rounded up to the alignment. */
  aligned(elements: number): number {
    const step = ALIGNMENT / this.#elementBytes;
    return Math.max(1, Math.ceil(elements / step)) * step;
  }

  /** Grows at once for further `elements`, in aligned pieces: growing piece by piece would copy as often. */
  reserve(elements: number): void {
    const free = this.#free.reduce((sum, area) => sum + area.elements, 0);
    if (free < elements) {
      this.#grow(elements);
    }
  }

  /** The address of zeroed memory. Throws LimitError where the engine cannot give it. */
  allocate(elements: number): number {
    const wanted = this.aligned(elements);
    const area = this.#free.find((f) => f.elements >= wanted) ?? this.#grow(wanted);
    const { at } = area;
    area.at += wanted;
    area.elements -= wanted;
    if (area.elements === 0) {
      this.#free.splice(this.#free.indexOf(area), 1);
    }
    this.#used += wanted;
    this.#ops.floats.fill(0, at, at + wanted);
    return at;
  }

  /** Frees what allocate(elements) gave. */
  free(at: number, elements: number): void {
    this.#used -= this.aligned(elements);
    this.#release({ at, elements: this.aligned(elements) });
  }

  /** Puts an area among the free ones, joined with its neighbours, and returns what it has become. */
  #release(area: Area): Area {
    const next = this.#free.findIndex((f) => f.at > area.at);
    const index = next < 0 ? this.#free.length : next;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsAfter = after !== undefined && area.at + area.elements === after.at;
    const elements = area.elements + (joinsAfter ? after.elements : 0);
    if (before && before.at + before.elements === area.at) {
      before.elements += elements;
      this.#free.splice(index, joinsAfter ? 1 : 0);
      return before;
    }
    const joined = { at: area.at, elements };
    this.#free.splice(index, joinsAfter ? 1 : 0, joined);
    return joined;
  }

  /** Makes the arena so large that its last area is free and has at least `elements`; returns that area. */
  #grow(elements: number): Area {
    const before = this.#buffer.byteLength;
    const length = before / this.#elementBytes;
    const last = this.#free.at(-1);
    const open = last && last.at + last.elements === length ? last.elements : 0;
    // small arenas double, so that many small plans do not copy each time; large ones take what they need
    const more = Math.max(this.aligned(elements - open) * this.#elementBytes, Math.min(before, 1 << 24));
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(before + more);
    } catch {
      const mb = Math.round((before + more) / 1e6);
      throw new LimitError(
        `cpu(): the plans of this backend need ${mb} MB in one piece, more than this JavaScript engine gives; ` +
          "use a shorter sequenceLength or a smaller batchSize, or dispose what is no longer used.",
      );
    }
    new Uint8Array(buffer).set(new Uint8Array(this.#buffer));
    this.#buffer = buffer;
    this.#ops = new Plain(buffer, this.precision);
    return this.#release({ at: length, elements: more / this.#elementBytes });
  }
}

/** A buffer that lies in the arena. */
export class CpuMemory implements Memory {
  readonly buffer: Buffer;
  readonly at: number;
  readonly life: Life;
  readonly arena: Arena;
  #view: Contents = new Float32Array(0);
  #viewOf: Ops | undefined;

  constructor(arena: Arena, buffer: Buffer, within: Life) {
    this.buffer = buffer;
    this.arena = arena;
    this.at = arena.allocate(arena.elements(buffer));
    this.life = new Life(within);
  }

  /** The given memory, if it is of this arena, still there, and can stand in for the buffer. */
  static of(memory: Memory, buffer: Buffer, arena: Arena): CpuMemory {
    if (!(memory instanceof CpuMemory && memory.arena === arena)) {
      throw new DeviceError(`${buffer.name}: lies on another backend; share memory within one backend only.`);
    }
    memory.life.ensure(buffer.name);
    checkShared(buffer, memory.buffer);
    return memory;
  }

  write(data: Writable, at = 0): void {
    this.life.ensure(this.buffer.name);
    checkWrite(this.buffer, data, at);
    this.view().set(data, at);
  }

  copy(from: Memory): void {
    this.view().set(CpuMemory.of(from, this.buffer, this.arena).view());
  }

  /** The contents where they lie. Allocates nothing; after the arena grows it is another view. */
  view(): Contents {
    this.life.ensure(this.buffer.name);
    const { ops } = this.arena;
    if (this.#viewOf !== ops) {
      const integers = this.buffer.type === "u32";
      // The arena is made over an ArrayBuffer, which the types of Ops leave open.
      const whole = (integers ? ops.integers : ops.floats) as Contents;
      const from = integers ? this.at * ops.words : this.at;
      this.#view = whole.subarray(from, from + size(this.buffer));
      this.#viewOf = ops;
    }
    return this.#view;
  }

  async read(): Promise<Contents> {
    return this.view().slice();
  }

  dispose(): void {
    if (this.life.ended) {
      return;
    }
    this.life.end(
      (where) => new DisposedError(`${where}: this memory was disposed; make it again with what owned it.`),
    );
    this.arena.free(this.at, this.arena.elements(this.buffer));
  }
}
