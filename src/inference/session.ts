// The session, floor 5: a plan of inference, run again and again, with its state carried on the device where
// asked.

import type { CpuMachine } from "../backends/cpu/machine.js";
import { CpuRunnable } from "../backends/cpu/runnable.js";
import type { Floats32or64, Machine } from "../backends/machine.js";
import { ShapeError, unknown } from "../errors.js";
import { still } from "../kernels/kernel.js";
import type { Built } from "../network/build.js";
import { copied, feed, type Given } from "../network/feed.js";
import type { Result } from "../network/layout.js";
import type { AnyNetwork } from "../network/network.js";
import { HasStore, Owned, type Ready } from "../network/owned.js";
import type { PlanRequest } from "../network/planner.js";
import { Turns } from "../network/turns.js";
import { Variants } from "../network/variants.js";
import type { Buffer } from "../plan/plan.js";
import { interactiveSeconds } from "../plan/strategy.js";
import type { Building, Weights } from "../types.js";
import { type FloatArray, sizeOf } from "../weights/tensors.js";
import { type GenerateRequest, generate } from "./generate.js";
import { warmUp } from "./warm_up.js";
import { Writers } from "./writer.js";

export interface SessionRequest extends PlanRequest, Building {
  readonly weights: Weights;
}

interface Parts {
  readonly request: SessionRequest;
  readonly owned: Owned;
  readonly variants: Variants;
}

export async function openSession(
  machine: Machine,
  net: AnyNetwork,
  request: SessionRequest,
): Promise<Parts> {
  if (request.weights === undefined) {
    throw new ShapeError(
      "session: weights are missing; a session never invents them. Give tensors, a trainer or a session.",
    );
  }
  const owned = await Owned.open(machine, net, request.weights, request.storage);
  try {
    return { request, owned, variants: await Variants.inference(owned, net, request, request) };
  } catch (error) {
    owned.dispose("session");
    throw error;
  }
}

/** Outputs by name, as a record. */
export type Outputs = Record<string, Floats32or64>;

export class SessionOfNetwork extends HasStore {
  readonly #request: SessionRequest;
  readonly #writers: Writers;

  constructor(parts: Parts) {
    super("session", parts, new Turns());
    this.#request = parts.request;
    this.#writers = new Writers(this.owned, parts.request.interactive ? interactiveSeconds : undefined);
  }

  async run(inputs: Given, outputs?: readonly string[]): Promise<Outputs> {
    this.owned.ensure("session.run");
    return this.variants.act("session.run", this.turns, inputs, (ready, given) =>
      this.#run(ready, given, outputs),
    );
  }

  async #run(ready: Ready, inputs: Given, outputs?: readonly string[]): Promise<Outputs> {
    const { built, runnable } = ready;
    const wanted = outputsOf(built, outputs);
    feed("session.run", ready, inputs);
    const read = runnable.run(
      still,
      wanted.map(({ buffer }) => buffer),
    );
    const data = await this.owned.life.wait("session.run", read);
    return Object.fromEntries(wanted.map(({ name }, k) => [name, data[k] as Floats32or64])); // outputs are floats
  }

  async generate(o: GenerateRequest): Promise<Int32Array<ArrayBuffer>> {
    this.owned.ensure("session.generate");
    const held = { ...o, inputs: copied(o.inputs ?? {}) };
    const calls = {
      of: (inputs: Given) => this.variants.of("session.run", inputs),
      writer: (ready: Ready, input: string) => this.#writers.over(ready, input),
    };
    return this.turns.take(() => generate(calls, this.ready.built, this.#request, held));
  }
}

/** An input or output where it lies. */
interface Port {
  readonly name: string;
  readonly buffer: Buffer;
  readonly size: number;
}

function portOf(name: string, { buffer, shape }: Result): Port {
  return { name, buffer, size: sizeOf(shape) };
}

/** On the CPU a run needs no promise. */
export class CpuSessionOfNetwork extends SessionOfNetwork {
  // Listed once and walked by index, so that a run allocates nothing: an audio thread must not wait for a
  // collection of garbage, and a loop over what an array's iterator gives makes some until it is optimized.
  readonly #inputs = [...this.ready.built.inputs].map(([name, one]) => portOf(name, one));
  readonly #outputs = outputsOf(this.ready.built);

  constructor(parts: Parts) {
    super(parts);
    const machine = this.owned.machine as CpuMachine; // sessions of this class are made on no other
    warmUp(machine, this.ready.built.plan, () => {
      const inputs = Object.fromEntries(this.#inputs.map((port) => [port.name, zeros(port)]));
      const outputs = Object.fromEntries(
        this.#outputs.map((port) => [port.name, new Float32Array(port.size)]),
      );
      return () => this.runSync(inputs, outputs);
    });
    this.state.reset(); // all that outlives a run
  }

  runSync(inputs: Given, into: Readonly<Record<string, FloatArray | undefined>> = {}): Outputs {
    this.owned.ensure("session.runSync");
    const isPlain = this.#isPlain(inputs);
    const ready = isPlain ? this.ready : this.variants.of("session.runSync", inputs);
    const { runnable } = ready as Ready; // on the CPU there is nothing to wait for
    if (!(runnable instanceof CpuRunnable)) throw new Error("runSync: this is no CPU session");
    const outputs = ready === this.ready ? this.#outputs : outputsOf((ready as Ready).built);
    let given = 0;
    for (let n = 0; n < outputs.length; n += 1) {
      const { name, size } = outputs[n];
      const to = into[name];
      if (to === undefined) continue;
      given += 1;
      if (to.length === size) continue;
      throw new ShapeError(
        `session.runSync: ${name} goes into ${to.length} numbers; it has ${size}. Give an array of that length.`,
      );
    }
    if (isPlain) this.#write(runnable, inputs);
    else feed("session.runSync", ready as Ready, inputs);
    runnable.runNow(still);
    const isComplete = given === outputs.length;
    const results = (isComplete ? into : {}) as Outputs; // what is given back is what was given
    for (let n = 0; n < outputs.length; n += 1) {
      const { name, buffer } = outputs[n];
      const view = runnable.view(buffer) as Floats32or64; // outputs are floats
      const to = into[name];
      if (to) to.set(view);
      if (!isComplete) results[name] = (to as Floats32or64 | undefined) ?? view.slice();
    }
    return results;
  }

  #write(runnable: CpuRunnable, inputs: Given): void {
    for (let n = 0; n < this.#inputs.length; n += 1) {
      const { name, buffer } = this.#inputs[n];
      runnable.view(buffer).set(inputs[name] as Float32Array);
    }
  }

  /** Whether all inputs are given, as floats that go straight to where they are read. */
  #isPlain(inputs: Given): boolean {
    let given = 0;
    for (const name in inputs) if (inputs[name] !== undefined) given += 1;
    if (given !== this.#inputs.length) return false;
    for (let n = 0; n < this.#inputs.length; n += 1) {
      const { name, buffer, size } = this.#inputs[n];
      const value = inputs[name];
      if (buffer.type !== "f32" || !(value instanceof Float32Array) || value.length !== size) return false;
    }
    return true;
  }
}

function zeros({ buffer, size }: Port): Float32Array | Uint32Array {
  return buffer.type === "u32" ? new Uint32Array(size) : new Float32Array(size);
}

/** The outputs of these names; all of them where none are said. */
function outputsOf({ outputs }: Built, names: readonly string[] = [...outputs.keys()]): Port[] {
  return names.map((name) => {
    const output = outputs.get(name);
    if (output) return portOf(name, output);
    throw unknown("session.run", "output", name, outputs.keys());
  });
}
