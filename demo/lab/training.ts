// A run in training: updates one after the other and, between them and now and then, what the page wants to
// know of the network as it is.

import type { Controls, Report } from "../protocol.js";
import { Rate } from "./rate.js";
import type { Run } from "./run.js";
import { Pace } from "./turns.js";

type Turn = <T>(task: () => Promise<T>) => Promise<T>;

export class Training {
  readonly run: Run;
  readonly #controls: Controls;
  readonly #turn: Turn;
  readonly #report: (report: Report) => void;
  readonly #rescue: (() => Promise<void>) | undefined;
  readonly #rate = new Rate();
  readonly #paces = {
    progress: new Pace({ least: 250, share: 0.2 }),
    measure: new Pace({ least: 300, most: 3_000, share: 0.1 }),
    gradient: new Pace({ least: 1_000, most: 2_000, share: 0.08 }),
    show: new Pace({ least: 1_500, most: 20_000, share: 0.08 }),
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
    const { progress, measure, gradient, show, rescue } = this.#paces;
    await this.run.step();
    if (progress.isDue) {
      await progress.run(() => this.#reportProgress());
    }
    if (measure.isDue) {
      await measure.run(() => this.#measure());
    } else if (gradient.isDue) {
      await gradient.run(() => this.#followGradient());
    } else if (show.isDue) {
      await show.run(() => this.show());
    } else if (this.#rescue && rescue.isDue) {
      await rescue.run(this.#rescue);
    }
  }

  /** Everything that is known of the network as it is now. */
  async look(): Promise<void> {
    await this.#reportProgress();
    await this.#measure();
    await this.#followGradient();
    await this.show();
  }

  async #reportProgress(): Promise<void> {
    const { bits, gradNorms, skipped } = await this.run.metrics();
    const { updates } = this.run;
    const updatesPerSecond = this.#rate.at(updates);
    const { clip } = this.#controls;
    this.#report({ kind: "progress", updates, bits, gradNorms, clip, skipped, updatesPerSecond });
  }

  async #measure(): Promise<void> {
    this.#reportAll(await this.run.measure());
  }

  async #followGradient(): Promise<void> {
    const layers = await this.run.gradientThroughTime();
    this.#report({ kind: "gradient", update: this.run.updates, layers });
  }

  /** What the network does: it writes, or says which language the visitor's name is in. */
  async show(): Promise<void> {
    this.#reportAll(await this.run.show(this.#controls));
  }

  #reportAll(reports: readonly Report[]): void {
    for (const report of reports) {
      this.#report(report);
    }
  }
}
