// The plans of a trainer or a session, floor 5: one for the sizes that were declared, and over its memory one
// for whatever smaller sizes a call brings, made when such a call first comes and kept for the next.

import type { Building } from "../backends/machine.js";
import type { Plan } from "../plan/plan.js";
import type { PlanView } from "../types.js";
import type { Built } from "./build.js";
import { type Call, callOf, keyOf } from "./call.js";
import { copied, type Given } from "./feed.js";
import type { AnyNetwork } from "./network.js";
import type { Owned, Ready } from "./owned.js";
import { viewOf } from "./plan_of.js";
import { inferencePlan, type PlanRequest } from "./planner.js";
import type { Turns } from "./turns.js";

/** Plans that are kept beside the first. */
const most = 64;

export class Variants {
  /** For the declared sizes; its memory is everybody's. */
  readonly first: Ready;
  readonly #owned: Owned;
  readonly #net: AnyNetwork;
  readonly #request: PlanRequest;
  readonly #plan: (request: PlanRequest) => Built;
  /** For the declared sizes too, by the optional inputs that are given: each lends its memory to smaller ones. */
  readonly #whole: Map<string, Ready>;
  readonly #key: string;
  /** Of smaller sizes, the one that was used last at the end. */
  readonly #others = new Map<string, Ready>();

  /** plan: makes a plan like the first, for sizes in place of the request's own. */
  constructor(
    owned: Owned,
    net: AnyNetwork,
    request: PlanRequest,
    first: Ready,
    plan: (request: PlanRequest) => Built,
  ) {
    this.first = first;
    this.#owned = owned;
    this.#net = net;
    this.#request = request;
    this.#plan = plan;
    this.#whole = new Map([["", first]]);
    this.#key = keyOf(request);
  }

  /** Of inference, the first made ready too. */
  static async inference(
    owned: Owned,
    net: AnyNetwork,
    request: PlanRequest,
    how?: Building,
  ): Promise<Variants> {
    const { arena, buffers } = owned.store;
    const plan = (sized: PlanRequest): Built => inferencePlan(net, arena, buffers, sized);
    return new Variants(owned, net, request, await owned.build(plan(request), [], how), plan);
  }

  /** The plan for what a call brings. A promise where it must be made first, and that needs waiting. */
  of(where: string, given: Given): Ready | Promise<Ready> {
    this.#owned.ensure(where);
    const call = callOf(where, this.#net.trace, this.#request, given);
    return then(this.#wholeOf(where, call.open), (whole) => this.#over(where, whole, call));
  }

  #wholeOf(where: string, open: ReadonlySet<string>): Ready | Promise<Ready> {
    const key = [...open].join();
    const known = this.#whole.get(key);
    if (known) return known;
    const built = this.planOf({ sizes: this.#request, open });
    return then(this.#owned.variant(where, built, this.first), (ready) => {
      this.#whole.set(key, ready);
      return ready;
    });
  }

  #over(where: string, whole: Ready, call: Call): Ready | Promise<Ready> {
    const sizes = keyOf(call.sizes);
    if (sizes === this.#key) return whole;
    const key = [sizes, ...call.open].join();
    const known = this.#others.get(key);
    if (known) return this.#keep(key, known);
    return then(this.#owned.variant(where, this.planOf(call), whole), (ready) => this.#keep(key, ready));
  }

  /** What users see of the first; after: what follows it now and then. */
  view(after?: Plan): PlanView {
    return viewOf(
      this.#net.trace,
      this.first.built,
      (open) => this.planOf({ sizes: this.#request, open }),
      after,
    );
  }

  /** A plan like the first. */
  planOf({ sizes, open }: Call): Built {
    const { batchSize: sequences } = this.#request;
    return this.#plan({ ...this.#request, ...sizes, open, sequences });
  }

  /**
   * Does something with the plan for what a call brings: at once where there is one and no earlier call is
   * under way; else with copies, in its turn, which ends as soon as it has begun.
   */
  async act<T>(
    where: string,
    turns: Turns,
    given: Given,
    act: (ready: Ready, given: Given) => Promise<T>,
  ): Promise<T> {
    const start = (ready: Ready, inputs: Given): Promise<T> => {
      const result = act(ready, inputs);
      ready.last = result;
      return result;
    };
    const now = turns.busy ? undefined : this.of(where, given);
    if (now && !(now instanceof Promise)) return start(now, given);
    const held = copied(given);
    const begun = await turns.take(async () => ({
      result: start(await (now ?? this.of(where, held)), held),
    }));
    return begun.result;
  }

  #keep(key: string, ready: Ready): Ready {
    this.#others.delete(key);
    this.#others.set(key, ready);
    if (this.#others.size > most) {
      const [[oldest, old]] = this.#others;
      this.#others.delete(oldest);
      // not before what it still does is done
      const end = (): void => old.runnable.dispose();
      old.last.then(end, end);
    }
    return ready;
  }
}

/** What comes after a plan is there, at once where it is. */
function then(
  ready: Ready | Promise<Ready>,
  next: (ready: Ready) => Ready | Promise<Ready>,
): Ready | Promise<Ready> {
  return ready instanceof Promise ? ready.then(next) : next(ready);
}
