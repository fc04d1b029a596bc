// A plan made ready for the CPU, floor 4: addresses are resolved when it is built, so that a run is a loop
// over dispatches that allocates nothing. Addresses are offsets into the arena, which may move.

import type { HeldMatrix, Run, Twin, Values } from "../../kernels/kernel.js";
import { twinOf } from "../../kernels/twins.js";
import { type Buffer, type Copy, type Dispatch, type Plan, size } from "../../plan/plan.js";
import { disposed, Life } from "../life.js";
import type { Contents, Memory, Runnable, Writable } from "../machine.js";
import { turn } from "../turn.js";
import { Held, heldSize } from "./held.js";
import { type Arena, CpuMemory } from "./memory.js";

/** A dispatch with its addresses. */
interface Step {
  readonly twin: Twin;
  readonly at: Readonly<Record<string, number>>;
  readonly params: Values<string>;
  readonly held: Held;
  readonly writes: readonly CpuMemory[];
}

/** A copy within the arena or a clear (from < 0), in indices of the typed array that holds the type. */
interface Move {
  readonly memory: CpuMemory;
  readonly integers: boolean;
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** Matrices that dispatches want held. Those of one key share the panels, as the steps of a layer do. */
interface Wanted {
  readonly key: string;
  readonly matrices: readonly (HeldMatrix & { readonly buffer: Buffer })[];
}

function wantedBy({ kernel, bound, params }: Dispatch): Wanted {
  const matrices = (twinOf(kernel).held?.(params) ?? []).map((m) => ({ ...m, buffer: bound[m.binding] }));
  const key = JSON.stringify(matrices.map((m) => [m.buffer.name, m.from, m.k, m.n, m.K, m.N]));
  return { key, matrices };
}

export class CpuRunnable implements Runnable {
  readonly #arena: Arena;
  readonly #life: Life;
  /** All buffers of the plan. */
  readonly #memories = new Map<Buffer, CpuMemory>();
  /** Results that lie within those. */
  readonly #views = new Map<Buffer, CpuMemory>();
  /** Where its kernels' scratch memory lies, and how much it is. */
  readonly #scratch: { readonly at: number; readonly size: number };
  /** Panels of matrices that outlive the plan, by their keys. */
  readonly #held = new Map<string, Held>();
  /** What all runnables over one memory know: which of them has run last. */
  readonly #ground: { last: CpuRunnable };
  /** Clears what another of them may have left something in. */
  readonly #afresh: Move[];
  /** Where run.scale lies, if it is decided here. */
  readonly #scale: number | undefined;
  readonly #before: Move[];
  readonly #steps: Step[];
  readonly #after: Move[];

  constructor(
    arena: Arena,
    plan: Plan,
    shared: ReadonlyMap<Buffer, Memory>,
    within: Life,
    over?: CpuRunnable,
  ) {
    this.#arena = arena;
    this.#ground = over ? over.#ground : { last: this };
    for (const [buffer, memory] of shared) {
      this.#memories.set(buffer, CpuMemory.of(memory, buffer, arena));
    }
    const lives = Array.from(this.#memories.values(), ({ life }) => life);
    this.#life = new Life(within, ...lives, ...(over ? [over.#life] : []));
    const own = plan.buffers.filter((buffer) => !shared.has(buffer));
    const below = new Map(Array.from(over ? over.#memories : [], ([{ name }, memory]) => [name, memory]));
    const packed = over ? over.#held : new Map<string, Held>();
    const wanted = plan.dispatches.map(wantedBy);
    const panels = new Map(wanted.map(({ key, matrices }) => [key, matrices]));
    const scratch = plan.dispatches.reduce(
      (most, { kernel, params }) => Math.max(most, twinOf(kernel).scratch?.(params) ?? 0),
      0,
    );
    const isOurs = !over || over.#scratch.size < scratch;
    /** Where those lie that have room below; sizes: of what has none. */
    const lent = new Map<Buffer, number>();
    const sizes = isOurs ? [scratch] : [];
    for (const buffer of own) {
      const memory = below.get(buffer.name);
      const elements = arena.elements(buffer);
      if (memory && arena.elements(memory.buffer) >= elements) lent.set(buffer, memory.at);
      else sizes.push(elements);
    }
    for (const [key, matrices] of panels) if (!packed.has(key)) sizes.push(heldSize(matrices));
    // all of it in one area: the arena grows once
    let at = arena.allocate(
      this.#life,
      sizes.reduce((sum, elements) => sum + arena.aligned(elements), 0),
    );
    const next = (elements: number): number => {
      at += arena.aligned(elements);
      return at - arena.aligned(elements);
    };
    this.#scratch = isOurs ? { at: next(scratch), size: scratch } : over.#scratch;
    for (const buffer of own) {
      const place = lent.get(buffer) ?? next(arena.elements(buffer));
      this.#memories.set(buffer, new CpuMemory(arena, buffer, this.#life, place));
    }
    for (const [view, { of, at: from }] of plan.views) {
      this.#views.set(view, new CpuMemory(arena, view, this.#life, this.#memory(of).at + from));
    }
    const held = new Map<string, Held>();
    for (const [key, matrices] of panels) {
      const made = matrices.map((matrix) => {
        const memory = this.#memory(matrix.buffer);
        return { ...matrix, memory, from: memory.at + matrix.from };
      });
      const panel = packed.get(key) ?? new Held(next(heldSize(matrices)), made);
      held.set(key, panel);
      if (matrices.every(({ buffer }) => shared.has(buffer))) this.#held.set(key, panel);
    }
    const scratches = own.filter(({ role }) => role === "scratch");
    this.#afresh = scratches.map((buffer) => this.#move({ to: { buffer, at: 0 }, size: size(buffer) }));
    this.#scale = plan.scale && this.#memory(plan.scale.buffer).at + plan.scale.at;
    this.#before = plan.before.map((copy) => this.#move(copy));
    // of every key there is one
    this.#steps = plan.dispatches.map((dispatch, n) => this.#step(dispatch, held.get(wanted[n].key) as Held));
    this.#after = plan.after.map((copy) => this.#move(copy));
  }

  write(buffer: Buffer, data: Writable): void {
    this.#memory(buffer).write(data);
  }

  /** Runs at once; the promise only lets the event loop turn. */
  async run(run: Run, read: readonly Buffer[] = [], times = 1): Promise<Contents[]> {
    this.runNow(run, times);
    const contents = this.read(read);
    await turn();
    return contents;
  }

  /** Runs, synchronously and without allocating: for hosts that cannot wait, as an AudioWorklet. */
  runNow(run: Run, times = 1): void {
    this.#life.ensure("run");
    const { ops } = this.#arena;
    const numbers = this.#scale === undefined ? run : { ...run, scale: ops.floats[this.#scale] };
    if (this.#ground.last !== this) this.#moveAll(this.#afresh);
    this.#ground.last = this;
    this.#moveAll(this.#before);
    const count = this.#steps.length;
    for (let n = 0; n < times * count; n += 1) {
      const { twin, at, params, held, writes } = this.#steps[n % count];
      held.refresh(ops);
      twin.cpu(ops, at, params, numbers);
      for (let w = 0; w < writes.length; w += 1) writes[w].version += 1;
    }
    this.#moveAll(this.#after);
  }

  async read(buffers: readonly Buffer[]): Promise<Contents[]> {
    return Promise.all(buffers.map((buffer) => this.#memory(buffer).read()));
  }

  /**
   * A buffer's contents where they lie, to be read or written at once: after the arena grows it is another
   * view.
   */
  view(buffer: Buffer): Contents {
    return this.#memory(buffer).view();
  }

  dispose(): void {
    this.#life.end(disposed("plan"));
  }

  #memory(buffer: Buffer): CpuMemory {
    this.#life.ensure(buffer.name);
    return (this.#memories.get(buffer) ?? this.#views.get(buffer)) as CpuMemory; // nobody asks for another plan's
  }

  #step({ kernel, bound, params }: Dispatch, held: Held): Step {
    const at: Record<string, number> = { scratch: this.#scratch.at, held: held.at };
    const writes: CpuMemory[] = [];
    for (const [name, access] of Object.entries(kernel.bindings)) {
      const memory = this.#memory(bound[name]);
      at[name] = memory.at;
      if (access.startsWith("read_write")) writes.push(memory);
    }
    return { twin: twinOf(kernel), at, params, held, writes };
  }

  #move({ from, to, size: length }: Copy): Move {
    const integers = to.buffer.type === "u32";
    const words = integers ? this.#arena.ops.words : 1;
    const index = (end: { buffer: Buffer; at: number }) => this.#memory(end.buffer).at * words + end.at;
    const memory = this.#memory(to.buffer);
    return { memory, integers, from: from ? index(from) : -1, to: index(to), size: length };
  }

  #moveAll(moves: readonly Move[]): void {
    const { ops } = this.#arena;
    for (let n = 0; n < moves.length; n += 1) {
      const { memory, integers, from, to, size: length } = moves[n];
      memory.version += 1;
      const array = integers ? ops.integers : ops.floats;
      if (from < 0) {
        array.fill(0, to, to + length);
      } else {
        array.copyWithin(to, from, from + length);
      }
    }
  }
}
