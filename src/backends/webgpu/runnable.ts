// A plan made ready for the GPU, floor 4: buffers, pipelines and bind groups are made when it is built. A
// warm run writes the run's numbers, records one pass and submits once; it makes nothing.

import type { Kernel, Run } from "../../kernels/kernel.js";
import { packRun, runBytes } from "../../plan/params.js";
import { type Buffer, type Copy, type Plan, size } from "../../plan/plan.js";
import { disposed, Life } from "../life.js";
import type { Contents, Memory, Runnable, Writable } from "../machine.js";
import { turn } from "../turn.js";
import type { Buffers } from "./buffers.js";
import { type External, ExternalGroups } from "./external.js";
import type { Flight } from "./flight.js";
import { GpuMemory, makeBuffer, writeBuffer } from "./memory.js";
import type { Pipeline } from "./pipelines.js";
import { Reader, type Source } from "./reader.js";
import { type Place, Recording } from "./recording.js";

/** What all runnables of a machine work with. */
export interface Shop {
  readonly buffers: Buffers;
  readonly flight: Flight;
  readonly life: Life;
}

export class GpuRunnable implements Runnable {
  readonly #device: GPUDevice;
  readonly #flight: Flight;
  readonly #life: Life;
  readonly #places: ReadonlyMap<Buffer, Place>;
  readonly #views: ReadonlyMap<Buffer, Place>;
  readonly #recording: Recording;
  readonly #groups: readonly GPUBindGroup[];
  readonly #external: ExternalGroups;
  readonly #reader: Reader;
  readonly #run = new DataView(new ArrayBuffer(runBytes));
  /** What all runnables over one memory know: which of them has run last. */
  readonly #ground: { last: GpuRunnable; isShared: boolean };
  /** Clears what another of them may have left something in. */
  readonly #afresh: readonly Copy[];

  /** Where a buffer of the plan lies. */
  readonly #place = (buffer: Buffer): Place => {
    this.#life.ensure(buffer.name);
    return (this.#places.get(buffer) ?? this.#views.get(buffer)) as Place; // nobody asks for another plan's
  };

  /** Everything is made here, in one go, so that the caller can hold an error scope round it. */
  constructor(
    shop: Shop,
    plan: Plan,
    shared: ReadonlyMap<Buffer, Memory>,
    compiled: ReadonlyMap<Kernel, Pipeline>,
    over?: GpuRunnable,
  ) {
    const { device } = shop.buffers;
    this.#device = device;
    this.#flight = shop.flight;
    const lent = new Map(
      Array.from(shared, ([buffer, memory]) => [buffer, GpuMemory.of(memory, buffer, device)] as const),
    );
    const lives = Array.from(lent.values(), ({ life }) => life);
    this.#life = new Life(shop.life, ...lives, ...(over ? [over.#life] : []));
    const below = new Map(Array.from(over ? over.#places : [], ([{ name }, { buffer }]) => [name, buffer]));
    this.#places = new Map(
      plan.buffers.map((buffer) => {
        const bytes = size(buffer) * 4;
        const under = below.get(buffer.name);
        const gpu =
          lent.get(buffer)?.gpu ??
          (under && under.size >= bytes ? under : makeBuffer(shop.buffers, this.#life, buffer));
        return [buffer, { buffer: gpu, offset: 0, size: bytes }];
      }),
    );
    this.#views = new Map(
      Array.from(plan.views, ([view, { of, at }]) => {
        return [view, { ...this.#place(of), offset: at * 4, size: size(view) * 4 }] as const;
      }),
    );
    this.#ground = over ? over.#ground : { last: this, isShared: false };
    if (over) this.#ground.isShared = true;
    this.#afresh = plan.buffers
      .filter((buffer) => buffer.role === "scratch" && !lent.has(buffer))
      .map((buffer) => ({ to: { buffer, at: 0 }, size: size(buffer) }));
    const { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment } = device.limits;
    this.#recording = new Recording(
      shop.buffers,
      this.#life,
      plan,
      compiled,
      minUniformBufferOffsetAlignment,
    );
    const own = this.#recording.bindings.filter(({ buffers }) => !buffers.some((one) => plan.views.has(one)));
    this.#groups = own.map((binding) => this.#recording.group(binding, this.#place));
    this.#reader = new Reader(device, this.#life);
    this.#external = new ExternalGroups(this.#recording, this.#groups, minStorageBufferOffsetAlignment);
  }

  write(buffer: Buffer, data: Writable): void {
    writeBuffer(this.#device.queue, this.#place(buffer).buffer, buffer, data);
  }

  async run(run: Run, read: readonly Buffer[] = [], times = 1): Promise<Contents[]> {
    this.#life.ensure("run");
    const uniform = this.#recording.run;
    if (uniform) {
      packRun(run, this.#run);
      this.#device.queue.writeBuffer(uniform, 0, this.#run.buffer); // Dawn in node takes no DataView
    }
    const first = this.#ground.last === this ? [] : this.#afresh;
    const sources = this.#sources(read);
    const contents = this.#recording.submit(this.#groups, this.#place, first, times, (encoder) =>
      this.#reader.record(encoder, sources),
    );
    this.#ground.last = this;
    const [got] = await Promise.all([contents(), this.#life.wait("run", this.#flight.more())]);
    if (read.length === 0) await turn(); // what is mapped comes in a later task
    return got;
  }

  async read(buffers: readonly Buffer[]): Promise<Contents[]> {
    return this.#reader.read(this.#sources(buffers));
  }

  #sources(buffers: readonly Buffer[]): Source[] {
    return buffers.map((buffer) => ({ buffer, place: this.#place(buffer) }));
  }

  /**
   * Records the whole plan into the caller's encoder, with the caller's buffers in place of the plan's own,
   * after clearing those in `zero`. Submits nothing and changes nothing here, so a dropped encoder is as if
   * nothing had been asked. A kernel that reads `run` finds the numbers of the last run.
   *
   * Throws DeviceError where a buffer lacks STORAGE usage (or COPY_SRC, COPY_DST where the plan copies it),
   * lies at an offset that is not aligned, or is too small.
   */
  encode(
    encoder: GPUCommandEncoder,
    external: ReadonlyMap<Buffer, External>,
    zero: readonly Buffer[] = [],
  ): void {
    this.#life.ensure("encode");
    const place = (buffer: Buffer): Place => {
      const own = this.#place(buffer);
      const given = external.get(buffer);
      return given ? { ...own, buffer: given.buffer, offset: given.offset ?? 0 } : own;
    };
    const groups = this.#external.groups(external, place);
    for (const buffer of zero) encoder.clearBuffer(this.#place(buffer).buffer);
    const first = this.#ground.isShared ? this.#afresh : [];
    this.#recording.record(encoder, groups, place, first, (view) => external.has(view));
  }

  dispose(): void {
    this.#life.end(disposed("plan"));
  }
}
