// What the page and its worker say to each other: plain data both ways. The page holds what is shown, the
// worker everything that computes: backend, trainer, session, text.

import type { Power } from "./defaults.js";
import type { Speed } from "./measure/speed.js";
import type { Live, Settings } from "./settings.js";
import type { CheckRow, Confusion, Costs, Facts, Measure, Reading, Sample } from "./shown.js";

export type * from "./shown.js";

/** A text of the visitor's own; the other texts the worker loads itself. */
export interface OwnText {
  readonly name: string;
  readonly text: string;
}

/** What a model is built for: settings not given take the defaults of the device and the text. */
export interface Experiment {
  readonly given: Partial<Settings>;
  /** The language of names where none is given: the visitor's. */
  readonly language: string;
  readonly own: OwnText | undefined;
}

/** Moved by the visitor while it trains. */
export type Controls = Live & Pick<Settings, "prompt" | "name">;

export type Request =
  /** Builds a model, and puts it in the place of the present one only when that has succeeded. */
  | {
      readonly kind: "build";
      /** The reports of this build carry it: another may be asked for meanwhile. */
      readonly id: number;
      readonly experiment: Experiment;
      readonly file?: ArrayBuffer;
    }
  | { readonly kind: "giveUp" }
  | { readonly kind: "train" }
  | { readonly kind: "pause" }
  | { readonly kind: "control"; readonly controls: Controls }
  /** Shows what the network does: it writes from the prompt, or says which language the name is in. */
  | { readonly kind: "show" }
  | { readonly kind: "save"; readonly what: FileKind }
  | { readonly kind: "check" }
  /** Times the workloads of the bench on this device. */
  | { readonly kind: "measure" };

export type FileKind = "weights" | "checkpoint";

/**
 * How a CPU computes: by SIMD, fused or not; or by plain loops, because the page may not run WebAssembly or
 * the browser's has no SIMD.
 */
export type CpuPath = "fused" | "simd" | "refused" | "lacking";

export type Device = {
  readonly name: string;
  readonly reason: string;
  readonly power: Power;
} & (
  | {
      readonly kind: "webgpu";
      /** A GPU that is a program, not a chip. */
      readonly software: boolean;
    }
  | { readonly kind: "cpu"; readonly path: CpuPath }
);

/** Why something did not happen, where the page has words for it; `detail` is what the library said. */
export type Trouble =
  | "noAdapter"
  | "deviceLost"
  | "textTooShort"
  | "oneSymbol"
  | "emptyText"
  | "textNotLoaded"
  | "workerLost"
  | "notAFile"
  | "otherText"
  | "wrongWeights"
  | "tooLarge"
  | "other";

export interface Failure {
  readonly about: "device" | "text" | "file" | "model" | "check" | "speed";
  readonly trouble: Trouble;
  readonly detail: string;
  readonly numbers: { readonly [name: string]: number };
}

export type Report =
  | { readonly kind: "device"; readonly device: Device }
  | { readonly kind: "text"; readonly facts: Facts }
  /**
   * What counting achieves on what is held out. Of a text, bits per character: uniform, then n-grams of 1, 2, …
   * Of names, the share that is right: the most frequent language, then naive Bayes.
   */
  | { readonly kind: "baselines"; readonly scores: readonly number[] }
  | { readonly kind: "building"; readonly id: number; readonly done: number; readonly of: number }
  | {
      readonly kind: "built";
      readonly id: number;
      readonly settings: Settings;
      readonly updates: number;
      /** From a file. */
      readonly loaded: boolean;
      readonly parameters: number;
      /** How many held-out characters or names are measured. */
      readonly measured: number;
      readonly plan: string;
      readonly costs: Costs;
    }
  | { readonly kind: "gaveUp"; readonly id: number }
  | { readonly kind: "running"; readonly running: boolean }
  | {
      readonly kind: "progress";
      readonly updates: number;
      /** The loss in bits of the updates since the last report, the last of them being `updates`. */
      readonly bits: Float32Array;
      readonly gradNorms: Float32Array;
      readonly clip: number;
      readonly skipped: number;
      readonly updatesPerSecond: number;
    }
  | ({ readonly kind: "measured" } & Measure)
  | ({ readonly kind: "sample" } & Sample)
  | ({ readonly kind: "reading" } & Reading)
  | ({ readonly kind: "confusion" } & Confusion)
  /** Per layer, |dL/dh_t| for every t. */
  | { readonly kind: "gradient"; readonly update: number; readonly layers: readonly Float32Array[] }
  | {
      readonly kind: "saved";
      readonly what: FileKind;
      readonly cell: Settings["cell"];
      readonly update: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: "checked"; readonly rows: readonly CheckRow[] }
  /** Those that have been measured so far. */
  | { readonly kind: "speeds"; readonly speeds: readonly Speed[]; readonly isLast: boolean }
  /** The device is gone, and the network with it; `rescue` is the last checkpoint that was kept. */
  | {
      readonly kind: "lost";
      readonly detail: string;
      readonly rescue: { readonly update: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;
    }
  /** Of a build, with its id; or of something else. */
  | { readonly kind: "failed"; readonly failure: Failure; readonly id?: number };
