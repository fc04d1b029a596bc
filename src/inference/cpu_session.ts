// The session on the CPU, floor 5: one that also runs at once.

import type { CpuMachine } from "../backends/cpu/machine.js";
import { CpuRunnable } from "../backends/cpu/runnable.js";
import type { Floats32or64 } from "../backends/machine.js";
import { ShapeError } from "../errors.js";
import { still } from "../kernels/kernel.js";
import { feed, type Given } from "../network/feed.js";
import type { Ready } from "../network/owned.js";
import type { FloatArray } from "../weights/tensors.js";
import { type Outputs, outputsOf, type Parts, type Port, portOf, SessionOfNetwork } from "./session.js";
import { warmUp } from "./warm_up.js";

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

  runSync(inputs: Given = {}, into: Readonly<Record<string, FloatArray | undefined>> = {}): Outputs {
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
    let asked = 0;
    for (const name in into) if (into[name] !== undefined) asked += 1;
    if (asked > given) outputsOf((ready as Ready).built, Object.keys(into)); // says which there is not
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
