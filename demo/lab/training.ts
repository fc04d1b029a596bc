// A run in training: updates one after the other and, between them and now and then, what the page wants to
// know of the network as it is.

import type { Controls, Report } from "../protocol.js";
import { Rate } from "./rate.js";
import type { Run } from "./run.js";
import { Pace } from "./turns.js";

type Turn = <T>(task: () => Promise<T>) => Promise<T>;

const sampleLength = 240;

export class Training {
  readonly run: Run;
  readonly #controls: Controls;
  readonly #turn: Turn;
  readonly #report: (report: Report) => void;
  readonly #rescue: (() => Promise<void>) | undefined;
  readonly #rate = new Rate();
  readonly #paces = {
    progress: new Pace({ least: 250, share: 0.2 }),
    heldOut: new Pace({ least: 300, most: 3_000, share: 0.1 }),
    gradient: new Pace({ least: 1_000, most: 2_000, share: 0.08 }),
    sample: new Pace({ least: 1_500, most: 20_000, share: 0.08 }),
    rescue: new Pace({ least: 20_000, share: 0.02 }),
  };
  #isOn = false;

  /** `rescue` keeps a checkpoint, where the device is one that may be lost. */
  constructor(
    run: Run,
    controls: Controls,
    turn: Turn,
    report: (report: Report) => void,
    rescue: (() => Promise<void>) | undefined,
  ) {
    this.run = run;
    this.#controls = controls;
    this.#turn = turn;
    this.#report = report;
    this.#rescue = rescue;
  }

  /** Trains until it is stopped. Between two updates whoever has asked for a turn gets it. */
  async train(): Promise<void> {
    if (this.#isOn) {
      return;
    }
    this.#set(true);
    this.#rate.restart(this.run.updates);
    try {
      while (this.#isOn) {
        await this.#turn(() => this.#advance());
      }
    } finally {
      this.stop();
    }
  }

  stop(): void {
    this.#set(false);
  }

  #set(isOn: boolean): void {
    if (this.#isOn !== isOn) {
      this.#isOn = isOn;
      this.#report({ kind: "running", running: isOn });
    }
  }

  async #advance(): Promise<void> {
    if (!this.#isOn) {
      return; // stopped while it waited for its turn
    }
    const { progress, heldOut, gradient, sample, rescue } = this.#paces;
    await this.run.step();
    if (progress.isDue) {
      await progress.run(() => this.#reportProgress());
    }
    if (heldOut.isDue) {
      await heldOut.run(() => this.#measure());
    } else if (gradient.isDue) {
      await gradient.run(() => this.#followGradient());
    } else if (sample.isDue) {
      await sample.run(() => this.write());
    } else if (this.#rescue && rescue.isDue) {
      await rescue.run(this.#rescue);
    }
  }

  /** Everything that is known of the network as it is now. */
  async look(): Promise<void> {
    await this.#reportProgress();
    await this.#measure();
    await this.#followGradient();
    await this.write();
  }

  async #reportProgress(): Promise<void> {
    const { bits, gradNorms, skipped } = await this.run.metrics();
    const { updates } = this.run;
    const updatesPerSecond = this.#rate.at(updates);
    const { clip } = this.#controls;
    this.#report({ kind: "progress", updates, bits, gradNorms, clip, skipped, updatesPerSecond });
  }

  async #measure(): Promise<void> {
    const bits = await this.run.heldOutBits();
    if (bits !== undefined) {
      this.#report({ kind: "heldOut", update: this.run.updates, bits });
    }
  }

  async #followGradient(): Promise<void> {
    const layers = await this.run.gradientThroughTime();
    this.#report({ kind: "gradient", update: this.run.updates, layers });
  }

  async write(): Promise<void> {
    this.#report({ kind: "sample", ...(await this.run.write(this.#controls, sampleLength)) });
  }
}
