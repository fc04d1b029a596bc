// The memory of the CPU backend, floor 4: one arena for all plans of a backend, because the operations
// address vectors as offsets into one. It grows by moving; addresses stay, views do not.

import { LimitError, smaller } from "../../errors.js";
import type { Ops } from "../../kernels/ops.js";
import { type Buffer, size } from "../../plan/plan.js";
import { checkWrite, lentBy } from "../contents.js";
import { disposed, type Life } from "../life.js";
import type { Contents, Memory, Writable } from "../machine.js";
import { Plain } from "./plain.js";

/** Vectors begin at multiples of this many bytes, as SIMD likes them. */
const ALIGNMENT = 16;
/**
 * Up to so many elements the arena doubles, so that many small plans do not copy each time; then it takes
 * what it needs.
 */
const DOUBLING = 1 << 22;

interface Area {
  at: number;
  elements: number;
}

/** Addresses and sizes are in elements, floats of the arena's precision. */
export class Arena {
  readonly precision: "float32" | "float64";
  #ops: Ops;
  /** Free areas in order of their addresses, no two adjacent. */
  #free: Area[] = [];

  constructor(precision: "float32" | "float64") {
    this.precision = precision;
    this.#ops = new Plain(new ArrayBuffer(0), precision);
  }

  /** The operations over the arena as it is now: another object after growth. */
  get ops(): Ops {
    return this.#ops;
  }

  /** Bytes allocated and not freed. */
  get used(): number {
    const { floats } = this.#ops;
    const free = this.#free.reduce((sum, area) => sum + area.elements, 0);
    return (floats.length - free) * floats.BYTES_PER_ELEMENT;
  }

  /** What so many elements take up, rounded up to the alignment. */
  aligned(elements: number): number {
    const step = ALIGNMENT / this.#ops.floats.BYTES_PER_ELEMENT;
    return Math.ceil(elements / step) * step;
  }

  /** What a buffer takes up: 32-bit integers may lie two in a float. */
  elements(buffer: Buffer): number {
    return this.aligned(buffer.type === "u32" ? size(buffer) / this.#ops.words : size(buffer));
  }

  /**
   * The address of zeroed memory, freed with the life of its owner. Throws LimitError where the engine cannot
   * give it.
   */
  allocate(owner: Life, elements: number): number {
    const wanted = this.aligned(elements);
    const fits = (area: Area): boolean => area.elements >= wanted;
    if (!this.#free.some(fits)) {
      this.#grow(wanted);
    }
    const area = this.#free.find(fits) as Area; // there is one now
    const { at } = area;
    area.at += wanted;
    area.elements -= wanted;
    this.#ops.floats.fill(0, at, at + wanted);
    owner.atEnd(() => this.#release(at, wanted));
    return at;
  }

  #release(at: number, elements: number): void {
    const areas = [...this.#free, { at, elements }];
    this.#free = [];
    for (const area of areas.sort((a, b) => a.at - b.at)) {
      const last = this.#free.at(-1);
      if (last && last.at + last.elements === area.at) {
        last.elements += area.elements;
      } else {
        this.#free.push(area);
      }
    }
  }

  #grow(elements: number): void {
    const before = this.#ops.floats;
    const more = Math.max(elements, Math.min(before.length, DOUBLING));
    const bytes = (before.length + more) * before.BYTES_PER_ELEMENT;
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(bytes);
    } catch (cause) {
      throw new LimitError(
        `cpu(): its plans need ${bytes} bytes in one piece, more than this JavaScript engine gives; ${smaller}.`,
        { cause },
      );
    }
    this.#ops = new Plain(buffer, this.precision);
    this.#ops.floats.set(before);
    this.#release(before.length, more);
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

  /** at: where it lies, if whoever makes it has allocated it, and frees it. */
  constructor(arena: Arena, buffer: Buffer, life: Life, at?: number) {
    this.buffer = buffer;
    this.arena = arena;
    this.life = life;
    this.at = at ?? arena.allocate(life, arena.elements(buffer));
  }

  /** The given memory, if it is of this arena, still there, and can stand in for the buffer. */
  static of(memory: Memory, buffer: Buffer, arena: Arena): CpuMemory {
    return lentBy(memory, buffer, (m: Memory): m is CpuMemory => m instanceof CpuMemory && m.arena === arena);
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
    this.life.end(disposed("memory"));
  }
}
