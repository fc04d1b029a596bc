// The laboratory behind the page: it builds networks and keeps the present one, which it trains, saves and
// checks as the page asks. It talks in reports and knows nothing of the page's looks.

import { type Speed, speedOf } from "../measure/speed.js";
import { workloads } from "../measure/workloads.js";
import type { Controls, Failure, FileKind, Report } from "../protocol.js";
import { Baselines } from "./baselines.js";
import type { Chosen } from "./device.js";
import { write } from "./file.js";
import { type Build, type Made, make } from "./make.js";
import { Materials } from "./materials.js";
import { failureOf } from "./refusal.js";
import type { Material, Run } from "./run.js";
import { Training } from "./training.js";
import { queue } from "./turns.js";

export class Lab {
  readonly #report: (report: Report, transfer?: Transferable[]) => void;
  readonly #turn = queue();
  readonly #materials = new Materials();
  readonly #baselines: Baselines;
  /** One object for all networks: the optimizer reads its fields at every update. */
  readonly #controls: Controls = { lr: 0, clip: 0, temperature: 1, prompt: "", name: "" };
  #chosen: Chosen | undefined;
  /** What the page shows of what is read. */
  #shown: Material | undefined;
  #training: Training | undefined;
  #building: AbortController | undefined;
  /** The latest checkpoint on a device that may be lost. */
  #rescue: { readonly update: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  constructor(report: (report: Report, transfer?: Transferable[]) => void) {
    this.#report = report;
    this.#baselines = new Baselines((scores) => report({ kind: "baselines", scores }));
  }

  /** Builds a network, and only when that has succeeded puts it in the place of the present one. */
  async build(request: Build): Promise<void> {
    const { id } = request;
    this.#building?.abort();
    const building = new AbortController();
    this.#building = building;
    try {
      await this.#turn(async () => {
        this.#clearFor(request);
        this.#replace(await this.#make(request, building.signal), id);
      });
      await this.#turn(async () => this.#training?.look());
    } catch (error) {
      if (building.signal.aborted) {
        this.#report({ kind: "gaveUp", id });
      } else {
        this.#report({ kind: "failed", failure: failureOf(error, request.file ? "file" : "model"), id });
      }
    }
  }

  /** A network of another exercise is forgotten at once: the page has turned away from it. */
  #clearFor({ experiment: { given }, file }: Build): void {
    if (file === undefined && this.#training?.run.settings.exercise !== (given.exercise ?? "writing")) {
      this.#forgetTraining();
      this.#shown = undefined;
    }
  }

  giveUp(): void {
    this.#building?.abort();
  }

  /** Where there is no network yet, device and text are shown as soon as they are there. */
  #make(request: Build, signal: AbortSignal): Promise<Made> {
    const isFirst = this.#training === undefined;
    return make(request, {
      present: this.#chosen,
      materials: this.#materials,
      controls: this.#controls,
      onDevice: ({ device }) => isFirst && this.#report({ kind: "device", device }),
      onMaterial: (material) => isFirst && this.#show(material),
      onProgress: (done, of) => this.#report({ kind: "building", id: request.id, done, of }),
      signal,
    });
  }

  #replace({ run, chosen, loaded }: Made, id: number): void {
    this.#forgetTraining();
    if (this.#chosen !== chosen) {
      this.#chosen?.backend.dispose();
      this.#adopt(chosen);
    }
    this.#show(run.material);
    const rescue = chosen.device.kind === "webgpu" ? () => this.#keepForRescue(run) : undefined;
    this.#training = new Training(run, this.#controls, this.#turn, this.#report, rescue);
    this.control(run.settings);
    this.#report({
      kind: "built",
      id,
      settings: run.settings,
      updates: run.updates,
      loaded,
      parameters: run.parameters,
      measured: run.measured,
      plan: run.plan,
      costs: run.costs,
    });
  }

  #show(material: Material): void {
    if (this.#shown !== material) {
      this.#shown = material;
      this.#report({ kind: "text", facts: material.facts });
      this.#baselines.count(material.count);
    }
  }

  #adopt(chosen: Chosen): void {
    this.#chosen = chosen;
    this.#report({ kind: "device", device: chosen.device });
    void chosen.backend.lost.then((error) => {
      if (this.#chosen === chosen) {
        this.#chosen = undefined;
        this.#report({ kind: "lost", detail: error.message, rescue: this.#rescue });
        this.#forgetTraining();
      }
    });
  }

  #forgetTraining(): void {
    this.#training?.stop();
    this.#training?.run.dispose();
    this.#training = undefined;
    this.#rescue = undefined;
  }

  control({ lr, clip, temperature, prompt, name }: Controls): void {
    Object.assign(this.#controls, { lr, clip, temperature, prompt, name });
  }

  /** Trains until it is paused, then looks at what has become of the network. */
  async train(): Promise<void> {
    await this.#attempt("model", async (training) => {
      await training.train();
      await this.#turn(async () => {
        if (training === this.#training) {
          await training.look();
        }
      });
    });
  }

  pause(): void {
    this.#training?.stop();
  }

  async show(): Promise<void> {
    await this.#attempt("model", (training) => this.#turn(() => training.show()));
  }

  async save(what: FileKind): Promise<void> {
    await this.#attempt("file", ({ run }) =>
      this.#turn(async () => {
        const update = run.updates;
        const bytes = await write(what, run, this.#controls);
        this.#report({ kind: "saved", what, cell: run.settings.cell, update, bytes }, [bytes.buffer]);
      }),
    );
  }

  async #keepForRescue(run: Run): Promise<void> {
    const update = run.updates;
    this.#rescue = { update, bytes: await write("checkpoint", run, this.#controls) };
  }

  /** Every kernel of this kind of network against the float64 reference. */
  async check(): Promise<void> {
    await this.#attempt("check", ({ run }) =>
      this.#turn(async () => this.#report({ kind: "checked", rows: await run.check() })),
    );
  }

  /** The bench's workloads, one a turn, as long as the device is the present one. */
  async measure(): Promise<void> {
    const chosen = this.#chosen;
    const speeds: Speed[] = [];
    const report = (isLast: boolean) =>
      this.#report({ kind: "speeds", speeds: this.#chosen === chosen ? [...speeds] : [], isLast });
    try {
      for (const workload of workloads) {
        await this.#turn(async () => {
          if (chosen && this.#chosen === chosen) speeds.push(await speedOf(chosen.backend, workload));
        });
        report(false);
      }
    } catch (error) {
      if (this.#chosen === chosen) this.#report({ kind: "failed", failure: failureOf(error, "speed") });
    }
    report(true);
  }

  /** What fails of a network that is no longer the present one is nobody's concern. */
  async #attempt(about: Failure["about"], task: (training: Training) => Promise<void>): Promise<void> {
    const training = this.#training;
    try {
      await (training && task(training));
    } catch (error) {
      if (training === this.#training) {
        this.#report({ kind: "failed", failure: failureOf(error, about) });
      }
    }
  }
}
