// What the page shows: one plain object, changed in one way, drawn once a frame.

import type { Curve } from "./charts/curve.js";
import type { Speed } from "./measure/speed.js";
import type {
  CheckRow,
  Confusion,
  Costs,
  Device,
  Facts,
  Failure,
  OwnText,
  Reading,
  Sample,
} from "./protocol.js";
import { differences, type Settings, type Structure, structural, type Tongue } from "./settings.js";

/** A run that was before: what is kept of it to compare with. */
export interface Kept {
  readonly settings: Settings;
  readonly own: OwnText | undefined;
  readonly curve: Curve;
  readonly gradient: readonly Float32Array[];
}

/** The network that is being built: for what, and how far that is. */
export interface Building {
  readonly id: number;
  readonly settings: Settings;
  readonly own: OwnText | undefined;
  readonly done: number;
  readonly of: number;
}

/** The network that trains: what it was built with and what it does. */
export interface Network {
  readonly settings: Settings;
  readonly own: OwnText | undefined;
  readonly parameters: number;
  readonly measured: number;
  readonly plan: string;
  readonly costs: Costs;
  readonly curve: Curve;
}

/** What would forget unsaved updates, and waits for an answer. */
export interface Question {
  readonly kind: "ask" | "askOpen" | "askTurn";
  readonly go: () => void;
  readonly wasRunning: boolean;
}

/** The device is gone; what it left. */
export interface Lost {
  readonly detail: string;
  readonly rescue: { readonly update: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;
}

export interface State {
  readonly tongue: Tongue;
  /** As the page's controls stand. */
  readonly settings: Settings;
  readonly own: OwnText | undefined;
  readonly device: Device | undefined;
  readonly facts: Facts | undefined;
  /** What counting achieves, as the report of baselines has it. */
  readonly baselines: readonly number[];
  readonly building: Building | undefined;
  readonly network: Network | undefined;
  readonly running: boolean;
  readonly updates: number;
  /** The update up to which everything is in a file. */
  readonly saved: number;
  readonly updatesPerSecond: number;
  readonly skipped: number;
  readonly samples: readonly Sample[];
  /** Of a network that tells languages apart: what it thinks of the name, and what it mistakes. */
  readonly reading: Reading | undefined;
  readonly confusion: Confusion | undefined;
  readonly gradient: readonly Float32Array[];
  readonly kept: readonly Kept[];
  readonly check: "none" | "running" | readonly CheckRow[];
  /** How fast the device is at the bench's workloads, as far as they have been measured. */
  readonly speeds: readonly Speed[];
  readonly isMeasuring: boolean;
  readonly failure: Failure | undefined;
  readonly lost: Lost | undefined;
  /** The last thing that succeeded and shows nowhere else. */
  readonly note: string;
  /** For those who cannot see the page. */
  readonly said: string;
  readonly question: Question | undefined;
  readonly dropping: boolean;
  /** One column: the settings are folded. */
  readonly narrow: boolean;
  readonly copied: "no" | "yes" | "failed";
}

/** What a network that has just been made has shown. */
export const unseen = {
  updatesPerSecond: 0,
  skipped: 0,
  samples: [],
  reading: undefined,
  confusion: undefined,
  gradient: [],
} as const;

/** Where there is no network: nothing of one. */
export const blank = {
  ...unseen,
  facts: undefined,
  baselines: [],
  network: undefined,
  running: false,
  updates: 0,
  saved: 0,
  kept: [],
  check: "none",
} as const;

/** Before the worker has said anything. */
export function initialState(settings: Settings, tongue: Tongue): State {
  return {
    ...blank,
    tongue,
    settings,
    own: undefined,
    device: undefined,
    building: undefined,
    failure: undefined,
    lost: undefined,
    speeds: [],
    isMeasuring: false,
    note: "",
    said: "",
    question: undefined,
    dropping: false,
    narrow: false,
    copied: "no",
  };
}

/** The page's state, and who draws it. */
export class Store {
  #state: State;
  #isScheduled = false;
  readonly #draw: (state: State) => void;

  constructor(state: State, draw: (state: State) => void) {
    this.#state = state;
    this.#draw = draw;
  }

  get state(): State {
    return this.#state;
  }

  change(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      requestAnimationFrame(() => {
        this.#isScheduled = false;
        this.#draw(this.#state);
      });
    }
  }
}

/** Updates that no file holds. */
export const unsaved = ({ updates, saved }: State): number => updates - saved;

/** What is set on the page and neither in the network nor in the one that is being built. */
export function pendingOf({ building, network, settings, own }: State): (keyof Structure)[] {
  const target = building ?? network;
  if (target === undefined) {
    return [...structural];
  }
  const changed = differences(settings, target.settings);
  const isOwn = settings.exercise === "writing" && settings.text === "own";
  const isOtherText = isOwn && own !== target.own && !changed.includes("text");
  return isOtherText ? [...changed, "text"] : changed;
}
