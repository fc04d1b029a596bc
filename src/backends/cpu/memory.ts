// The memory of the CPU backend, floor 4: one arena for all plans of a backend, because the operations
// address vectors as offsets into one. It grows by moving; addresses stay, views do not.

import { LimitError, smaller } from "../../errors.js";
import type { Ops } from "../../kernels/ops.js";
import { type Buffer, size } from "../../plan/plan.js";
import { checkWrite, lentBy } from "../contents.js";
import { disposed, type Life } from "../life.js";
import type { Contents, Memory, Writable } from "../machine.js";

/** Vectors begin at multiples of this many bytes, as SIMD likes them. */
const ALIGNMENT = 16;
/**
 * Elements after the last area: an operation may read up to 3 beyond a vector, and a product 7 beyond a row.
 */
const MARGIN = 16;
/** Bytes that a WebAssembly.Memory has at most. Plain loops keep to it too: addresses are 32-bit integers. */
const LIMIT = 2 ** 32;

/** What an arena lies in. */
export interface Ground {
  /** Elements at the beginning that are not the arena's. */
  readonly reserved: number;
  /**
   * The operations over at least so many bytes, what was there kept. Throws RangeError where the engine gives
   * no more.
   */
  grow(bytes: number): Ops;
}

interface Area {
  at: number;
  elements: number;
}

/** Addresses and sizes are in elements, floats of the arena's precision. */
export class Arena {
  readonly #ground: Ground;
  #ops: Ops;
  /** Where what was never given out begins. */
  #end: number;
  /** Free areas in order of their addresses, no two adjacent. */
  #free: Area[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#ops = ground.grow(0);
    this.#end = ground.reserved;
  }

  /** The operations over the arena as it is now: another object after growth. */
  get ops(): Ops {
    return this.#ops;
  }

  /** Bytes allocated and not freed. */
  get used(): number {
    const free = this.#free.reduce((sum, area) => sum + area.elements, 0);
    return (this.#end - this.#ground.reserved - free) * this.#ops.floats.BYTES_PER_ELEMENT;
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
   * The address of zeroed memory, freed with the life of its owner. Where the engine cannot give it, throws
   * LimitError, and the owner's life ends.
   */
  allocate(owner: Life, elements: number): number {
    const wanted = this.aligned(elements);
    const fits = (area: Area): boolean => area.elements >= wanted;
    if (!this.#free.some(fits)) {
      try {
        this.#grow(wanted);
      } catch (error) {
        owner.end(() => error as Error); // a LimitError
        throw error;
      }
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

  /** Makes a free area of so many elements at the end, of which some may be there. */
  #grow(elements: number): void {
    const last = this.#free.at(-1);
    const isAtEnd = last !== undefined && last.at + last.elements === this.#end;
    const end = (isAtEnd ? last.at : this.#end) + elements;
    const bytes = (end + MARGIN) * this.#ops.floats.BYTES_PER_ELEMENT;
    if (bytes > this.#ops.floats.byteLength) this.#ops = this.#grown(bytes);
    this.#release(this.#end, end - this.#end);
    this.#end = end;
  }

  #grown(bytes: number): Ops {
    const need = `cpu(): its plans need ${bytes} bytes in one piece`;
    if (bytes > LIMIT) throw new LimitError(`${need}, it has ${LIMIT} at most; ${smaller}.`);
    try {
      return this.#ground.grow(bytes);
    } catch (cause) {
      throw new LimitError(`${need}, which the engine does not give; ${smaller}.`, { cause });
    }
  }
}

/** A buffer that lies in the arena. */
export class CpuMemory implements Memory {
  readonly buffer: Buffer;
  readonly at: number;
  readonly life: Life;
  readonly arena: Arena;
  /** Counts what is written, so that whoever keeps something made of the contents knows when it is stale. */
  version = 0;
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
    this.view().set(CpuMemory.of(from, this.buffer, this.arena).#contents());
  }

  /**
   * The contents where they lie, to be read or written at once. Allocates nothing; after the arena grows it
   * is another view.
   */
  view(): Contents {
    this.version += 1;
    return this.#contents();
  }

  #contents(): Contents {
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
    return this.#contents().slice();
  }

  dispose(): void {
    this.life.end(disposed("memory"));
  }
}
