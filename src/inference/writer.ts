// What writes, floor 5: a session's plan for one step, the draw of the token that comes next, and the states put
// where the next step finds them, so that many tokens are one pass, one submit and one read-back.

import type { Memory } from "../backends/machine.js";
import { carry } from "../kernels/carry.js";
import { still } from "../kernels/kernel.js";
import { askedOf, digitsOf, sampleOf } from "../kernels/sample.js";
import type { Feed } from "../network/build.js";
import type { Result } from "../network/layout.js";
import type { Owned, Ready } from "../network/owned.js";
import { type Buffer, type Copy, Plan, size } from "../plan/plan.js";
import { totalSeconds } from "../plan/strategy.js";

/** Tokens of each sequence that are noted before they are read. */
const most = 256;
/** Moves of one dispatch: each binds two buffers at most, and a device binds 8. */
const movesAtOnce = 4;

/** A carried state, what it was when the last piece began, and when the one before began. */
interface Kept {
  readonly state: Memory;
  readonly last: Memory;
  readonly former: Memory;
}

/** A token of each sequence, and the natural logarithms of their probabilities. */
export interface Row {
  readonly ids: Int32Array<ArrayBuffer>;
  readonly logProbs: Float32Array<ArrayBuffer>;
}

/** The writers of a session, by the plans that they are over. */
export class Writers {
  readonly #owned: Owned;
  readonly #seconds: number;
  readonly #known = new WeakMap<Ready, Writer>();
  #kept: readonly Kept[] | undefined;

  /** seconds: the longest that the device may be busy with a submit, if that is less than it bears. */
  constructor(owned: Owned, seconds = owned.machine.costs.longest) {
    this.#owned = owned;
    this.#seconds = seconds;
  }

  /** Over a plan for one step, which takes tokens by an input of this name and gives logits y. */
  async over(ready: Ready, input: string): Promise<Writer> {
    const known = this.#known.get(ready);
    if (known) return known;
    this.#kept ??= await Promise.all([...ready.carried.values()].map((state) => keep(this.#owned, state)));
    const writer = await Writer.open(this.#owned, ready, input, this.#kept, this.#seconds);
    this.#known.set(ready, writer);
    return writer;
  }
}

async function keep(owned: Owned, state: Memory): Promise<Kept> {
  const allocate = (when: string): Promise<Memory> =>
    owned.allocate({ ...state.buffer, name: `${state.buffer.name}, ${when}` });
  return { state, last: await allocate("last"), former: await allocate("former") };
}

/** What a plan that writes has beside the step's own buffers. */
type Ports = Readonly<Record<"asked" | "place" | "tokens" | "ids" | "likelihoods", Buffer>>;

export class Writer {
  readonly ready: Ready;
  /** Tokens that may be one submit; submits that are to be under way, lest a device idles. One, where it is no device. */
  readonly atMost: number;
  readonly ahead: number;
  readonly #owned: Owned;
  readonly #ports: Ports;
  readonly #kept: readonly Kept[];
  /** Tokens queued before the last piece, and before the one before. */
  #begun: readonly [number, number] = [0, 0];
  #queued = 0;

  private constructor(owned: Owned, ready: Ready, ports: Ports, kept: readonly Kept[], seconds: number) {
    const { kind, costs } = owned.machine;
    const each = totalSeconds(ready.built.plan, costs);
    const isDevice = kind === "webgpu";
    this.ready = ready;
    this.atMost = isDevice ? Math.max(1, Math.min(most, Math.floor(seconds / each))) : 1;
    this.ahead = isDevice ? 2 : 1;
    this.#owned = owned;
    this.#ports = ports;
    this.#kept = kept;
  }

  static async open(
    owned: Owned,
    ready: Ready,
    input: string,
    kept: readonly Kept[],
    seconds: number,
  ): Promise<Writer> {
    const { built } = ready;
    const plan = new Plan();
    for (const buffer of built.plan.buffers) plan.use(buffer);
    const shared = new Map(ready.shared);
    built.carried.forEach(({ buffer }, k) => {
      const [last, former] = [kept[k].last, kept[k].former];
      for (const memory of [last, former]) shared.set(plan.use(memory.buffer).name, memory);
      plan.before.push(whole(last.buffer, former.buffer), whole(buffer, last.buffer));
    });
    plan.before.push(...built.plan.before);
    plan.dispatches.push(...built.plan.dispatches);
    plan.after.push(...built.plan.after);
    const { buffer: tokens } = built.inputs.get(input) as Feed; // both are there: generate() has looked
    const { buffer: y, shape } = built.outputs.get("y") as Result;
    const { of: logits, at } = built.plan.views.get(y) ?? { of: y, at: 0 };
    const B = size(tokens);
    const V = shape[shape.length - 1];
    const ports = {
      asked: plan.buffer("asked", [6], "input", "u32"),
      place: plan.buffer("place", [B], "input", "u32"),
      tokens,
      ids: plan.buffer("ids", [most, B], "output", "u32"),
      likelihoods: plan.buffer("likelihoods", [most, B], "output"),
    };
    const moves = movesOf(built.plan);
    const all = lay(moves);
    const moved = Object.values(all.bound);
    const isFew = moved.length <= 2 && !moved.includes(logits); // beside the 6 that a draw binds
    const own = isFew ? all : lay([]);
    const sizes = { B, V, logits_0: at, N: most, digits: digitsOf(V) };
    const kernel = sampleOf(V, own.moves, owned.machine.costs.lanes);
    plan.dispatch(kernel, { logits, ...ports, ...own.bound }, { ...sizes, ...own.params });
    for (let first = isFew ? moves.length : 0; first < moves.length; first += movesAtOnce) {
      const some = lay(moves.slice(first, first + movesAtOnce));
      plan.dispatch(carry(some.moves), some.bound, some.params);
    }
    const writing = await owned.variant("session.generate", { ...built, plan }, { ...ready, shared });
    return new Writer(owned, writing, ports, kept, seconds);
  }

  /** Feeds tokens that are given, [count, B], `atMost` at a time: all but the last one, which begin() feeds. */
  async read(tokens: Uint32Array, signal: AbortSignal | undefined): Promise<void> {
    const { runnable } = this.ready;
    const B = size(this.#ports.tokens);
    for (let at = B; at < tokens.length; at += this.atMost * B) {
      signal?.throwIfAborted();
      const piece = tokens.subarray(at, at + this.atMost * B);
      const count = piece.length / B;
      this.begin(askedOf(0, { temperature: 0 }, count), tokens.subarray(at - B, at));
      runnable.write(this.#ports.ids, piece);
      await this.#owned.life.wait("session.generate", runnable.run(still, [], count));
    }
  }

  /** Begins: asked what askedOf() gives, with the tokens [B] that are fed first. */
  begin(asked: Uint32Array, tokens: Uint32Array): void {
    this.ready.runnable.write(this.#ports.asked, asked);
    this.#goTo(0, tokens);
  }

  /** Queues so many more tokens of each sequence, no more than `atMost`. */
  async write(count: number): Promise<Row[]> {
    const { ids, likelihoods, tokens } = this.#ports;
    const first = this.#queued;
    this.#begun = [first, this.#begun[0]];
    this.#queued += count;
    const run = this.ready.runnable.run(still, [ids, likelihoods], count);
    const [drawn, logs] = await this.#owned.life.wait("session.generate", run);
    return Array.from({ length: count }, (_, k) => {
      const at = ((first + k) % most) * size(tokens);
      const end = at + size(tokens);
      return { ids: Int32Array.from(drawn.slice(at, end)), logProbs: Float32Array.from(logs.slice(at, end)) };
    });
  }

  /**
   * Makes it as if no more than n tokens had been queued, of which all but those of the last two pieces were wanted.
   * tokens: what was fed after so many.
   */
  rewind(n: number, tokens: (n: number) => Uint32Array): void {
    if (n === this.#queued || this.#owned.life.ended) return;
    const [last, former] = this.#begun;
    const begun = n < last ? former : last;
    for (const kept of this.#kept) kept.state.copy(n < last ? kept.former : kept.last);
    this.#goTo(begun, tokens(begun));
    // the same draws once more
    if (n > begun) this.ready.runnable.run(still, [], n - begun).catch(() => {});
  }

  #goTo(n: number, tokens: Uint32Array): void {
    this.#queued = n;
    this.ready.runnable.write(this.#ports.place, new Uint32Array(tokens.length).fill(n));
    this.ready.runnable.write(this.#ports.tokens, tokens);
  }
}

function whole(from: Buffer, to: Buffer): Copy {
  return { from: { buffer: from, at: 0 }, to: { buffer: to, at: 0 }, size: size(to) };
}

/** A copy from somewhere. */
type Move = Required<Copy>;

/** Copies that bring what a run leaves behind to where the next one looks for it, without the memory between them. */
function movesOf({ before, after }: Plan): Move[] {
  return before.flatMap(({ from, to, size }) => {
    if (!from) return [];
    const left = after.find((copy) => copy.to.buffer === from.buffer && copy.to.at === from.at);
    return [{ from: left?.from ?? from, to, size }];
  });
}

/** Moves as a kernel has them. */
function lay(copies: readonly Move[]) {
  const buffers = [...new Set(copies.flatMap(({ from, to }) => [from.buffer, to.buffer]))];
  const numbers = copies.flatMap(({ from, to, size }, k): [string, number][] => [
    [`n${k}`, size],
    [`from${k}`, from.at],
    [`to${k}`, to.at],
  ]);
  return {
    moves: copies.map(({ from, to }) => [buffers.indexOf(from.buffer), buffers.indexOf(to.buffer)] as const),
    bound: Object.fromEntries(buffers.map((buffer, k) => [`x${k}`, buffer])),
    params: Object.fromEntries(numbers),
  };
}
