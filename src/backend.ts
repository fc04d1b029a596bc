// A backend, floor 5: a machine, and what is made on it. webgpu(), cpu() and bestBackend() have files of their own, so
// that a program for one carries nothing of the other.

import type { Machine } from "./backends/machine.js";
import { type DeviceError, wrong } from "./errors.js";
import { type GradientsRequest, gradients } from "./gradients.js";
import { openSession, type SessionOfNetwork, type SessionRequest } from "./inference/session.js";
import { networkOf } from "./network/network.js";
import { ensureOptions } from "./network/options.js";
import type { Means } from "./plan/choice.js";
import type { TrainRequest } from "./training/parts.js";
import { TrainerOfNetwork } from "./training/trainer.js";
import type { Model } from "./types.js";

/** What all backends do. The public types say more: which names and kinds a network has. */
export class BackendOfMachine {
  readonly machine: Machine;
  readonly #Session: typeof SessionOfNetwork;

  /** Session: what this machine's sessions are, which can do what only it can. */
  constructor(machine: Machine, Session: typeof SessionOfNetwork) {
    this.machine = machine;
    this.#Session = Session;
  }

  get kind(): "webgpu" | "cpu" {
    return this.machine.kind;
  }

  get name(): string {
    return this.machine.name;
  }

  get reason(): string {
    return this.machine.reason;
  }

  get bytes(): number {
    return this.machine.bytes;
  }

  get lost(): Promise<DeviceError> {
    return this.machine.lost as Promise<DeviceError>; // machines are lost with no other error
  }

  async trainer(net: Model, o: object = {}): Promise<TrainerOfNetwork> {
    this.machine.ensure("backend.trainer");
    return TrainerOfNetwork.make(this.machine, networkOf(net), this.#asked<TrainRequest>("trainer", o));
  }

  async session(net: Model, o: object = {}): Promise<SessionOfNetwork> {
    this.machine.ensure("backend.session");
    const request = this.#asked<SessionRequest>("session", { ...o, loss: undefined }); // with one it would evaluate
    return new this.#Session(await openSession(this.machine, networkOf(net), request));
  }

  /** Options, whose kinds are checked where they are used, and what the machine allows. */
  #asked<Request extends Means>(where: string, o: object): Request {
    ensureOptions(where, o);
    const { kind, largest, costs: device, limits, subgroups, float16 } = this.machine;
    const asked = { ...o, largest, device, limits, subgroups, float16 } as unknown as Request;
    // the CPU would have to make each float16 of a float32
    if (asked.arithmetic === "float16" && !float16 && kind !== "cpu") {
      const must = 'float32 on a device without shader-f16. Leave it out: storage "float16" works everywhere';
      throw wrong(`${where}: arithmetic`, '"float16"', must);
    }
    return asked;
  }

  async gradients(net: Model, o: object): Promise<object> {
    this.machine.ensure("backend.gradients");
    return gradients(this.machine, networkOf(net), this.#asked<GradientsRequest>("gradients", o));
  }

  dispose(): void {
    this.machine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
