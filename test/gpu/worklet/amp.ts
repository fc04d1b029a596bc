// An amplifier in an audio worklet, as test/programs/worker/p15_audio_worklet.ts, of any network. Nothing is
// made in process(): what it gives to runSync is made once.

import { type CpuSession, cpu, type Model, type Tensors } from "../../../src/index.js";
import { block, type Name, netOf } from "./nets.js";

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, c: new (o: Options) => AudioWorkletProcessor): void;

interface Options {
  readonly processorOptions: {
    readonly name: Name;
    readonly weights: Tensors;
    readonly simd: boolean;
    /** Whether process() makes one small object, to see that it is seen. */
    readonly allocates: boolean;
  };
}

class Amp extends AudioWorkletProcessor {
  readonly #inputs: Record<"x", Float32Array> = { x: new Float32Array(block) };
  readonly #outputs: Record<"y", Float32Array> = { y: new Float32Array(block) };
  readonly #allocates: boolean;
  #session: CpuSession<Model<{ x: Float32Array }, "y">> | undefined;
  #calls = 0;
  kept: unknown;

  constructor({ processorOptions: { name, weights, simd, allocates } }: Options) {
    super();
    this.#allocates = allocates;
    const backend = cpu({ simd });
    const sizes = { batchSize: 1, sequenceLength: block, stateful: true };
    backend.session(netOf(name), { weights, ...sizes }).then(
      (session) => {
        this.#session = session;
        this.port.postMessage(backend.name);
      },
      (error) => this.port.postMessage(`failed: ${error}`),
    );
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.#inputs.x = inputs[0][0];
    this.#outputs.y = outputs[0][0];
    this.#session?.runSync(this.#inputs, this.#outputs);
    this.#calls += 1;
    if (this.#allocates) this.kept = { calls: this.#calls };
    return true;
  }
}

registerProcessor("amp", Amp);
