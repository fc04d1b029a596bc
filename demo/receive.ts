// What the worker reports, as changes of the page's state.

import { Curve } from "./charts/curve.js";
import { download } from "./files.js";
import type { Report } from "./protocol.js";
import { differences, type Settings } from "./settings.js";
import { type Building, type Kept, type Network, type State, type Store, unsaved, unseen } from "./state.js";
import { Figures, wordsOf } from "./words/index.js";

const mostSamples = 12;
const mostKept = 2;

type ReportOf<K extends Report["kind"]> = Extract<Report, { kind: K }>;

/** What is said of a network, which may be one that the page has already turned away from. */
const ofNetwork: readonly Report["kind"][] = [
  "baselines",
  "running",
  "progress",
  "measured",
  "sample",
  "reading",
  "confusion",
  "gradient",
];

/** Takes one report in. */
export function receive(store: Store, report: Report): void {
  const { network, facts } = store.state;
  const isLate = ofNetwork.includes(report.kind) && network === undefined;
  if (isLate && !(report.kind === "baselines" && facts !== undefined)) {
    return;
  }
  store.change(changesOf(store.state, report));
  if (report.kind === "measured" || report.kind === "running") {
    document.title = titleOf(store.state);
  }
}

function changesOf(state: State, report: Report): Partial<State> {
  const words = wordsOf(state.tongue);
  switch (report.kind) {
    case "device":
      return { device: report.device, speeds: [] };
    case "text":
      return { facts: report.facts, baselines: [] };
    case "baselines":
      return { baselines: report.scores };
    case "building":
      return isOf(state, report.id)
        ? { building: { ...state.building, done: report.done, of: report.of } }
        : {};
    case "built":
      return changesOfBuilt(state, report);
    case "gaveUp":
      return isOf(state, report.id) ? { building: undefined, note: words.gaveUp } : {};
    case "running":
      return { running: report.running, said: announcement(state, report.running) };
    case "progress":
      return changesOfProgress(state, report);
    case "measured":
      state.network?.curve.measure(report);
      return {};
    case "sample":
      return { samples: [report, ...state.samples].slice(0, mostSamples) };
    case "reading":
      return { reading: report };
    case "confusion":
      return { confusion: report };
    case "gradient":
      return { gradient: report.layers };
    case "saved":
      return changesOfSaved(state, report);
    case "checked":
      return { check: report.rows };
    case "speeds":
      return { speeds: report.speeds, isMeasuring: !report.isLast };
    case "lost":
      return {
        lost: report,
        failure: undefined,
        network: undefined,
        running: false,
        building: undefined,
        updates: 0,
        saved: 0,
      };
    case "failed":
      return changesOfFailed(state, report);
  }
}

/** Whether a report is of the build that was asked for last. */
function isOf(state: State, id: number): state is State & { building: Building } {
  return state.building?.id === id;
}

function changesOfFailed(state: State, { failure, id }: ReportOf<"failed">): Partial<State> {
  if (id === undefined) {
    return { failure, check: state.check === "running" ? "none" : state.check };
  }
  return isOf(state, id) ? { failure, building: undefined } : {};
}

function changesOfSaved({ tongue, network, saved }: State, report: ReportOf<"saved">): Partial<State> {
  const { what, cell, update, bytes } = report;
  const name = `webrnn-${cell}-${update}-${what}.safetensors`;
  download(name, bytes);
  return { saved: network ? update : saved, note: wordsOf(tongue).savedAs(name), failure: undefined };
}

function changesOfBuilt(state: State, report: ReportOf<"built">): Partial<State> {
  const { id, settings, parameters, measured, plan, costs, updates, loaded } = report;
  const isLatest = isOf(state, id);
  const network: Network = {
    settings,
    own: state.building?.own ?? state.own,
    parameters,
    measured,
    plan,
    costs,
    curve: new Curve(),
  };
  const words = wordsOf(state.tongue);
  const what = updates > 0 ? words.checkpoint : words.weights;
  return {
    network,
    settings: isLatest
      ? { ...settings, ...changedSince(state.building.settings, state.settings) }
      : state.settings,
    updates,
    saved: updates,
    kept: keptOf(state, network),
    building: isLatest ? undefined : state.building,
    failure: undefined,
    note: loaded ? words.loaded(what, new Figures(words.code).whole(updates)) : state.note,
    ...unseen,
  };
}

/** What the visitor has moved while it was built. */
function changedSince(then: Settings, now: Settings): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(now).filter(([key, value]) => then[key as keyof Settings] !== value),
  );
}

/** The network that is replaced joins those that one compares with, as long as they read the same. */
function keptOf({ network: old, kept, gradient }: State, { settings, own }: Network): readonly Kept[] {
  const hasLearnt = old !== undefined && old.curve.measures.length > 1;
  const all = hasLearnt
    ? [{ settings: old.settings, own: old.own, curve: old.curve, gradient }, ...kept]
    : kept;
  const material = ["exercise", "text", "language", "languages"] as const;
  const readsSame = (run: Kept) => {
    const differ = differences(run.settings, settings);
    return !material.some((key) => differ.includes(key)) && run.own === own;
  };
  return all.filter(readsSame).slice(0, mostKept);
}

function changesOfProgress(state: State, report: ReportOf<"progress">): Partial<State> {
  const { updates, bits, gradNorms, clip, skipped, updatesPerSecond } = report;
  const first = updates - bits.length + 1;
  bits.forEach((value, i) => {
    state.network?.curve.add(first + i, value, gradNorms[i], gradNorms[i] > clip);
  });
  return { updates, updatesPerSecond, skipped: state.skipped + skipped };
}

function announcement({ tongue, updates, network, settings }: State, running: boolean): string {
  const words = wordsOf(tongue);
  const figures = new Figures(words.code);
  const { exercise } = settings;
  return running
    ? words.announceTraining
    : words[exercise].announcePaused(
        figures.whole(updates),
        figures.score(exercise, network?.curve.lastMeasure?.heldOut),
      );
}

/** A tab in the background says how it does. */
export function titleOf(state: State): string {
  const words = wordsOf(state.tongue);
  const { exercise } = state.settings;
  const score = state.network?.curve.lastMeasure?.heldOut;
  const isQuiet = score === undefined || (!state.running && unsaved(state) === 0);
  const figures = new Figures(words.code);
  return isQuiet
    ? words[exercise].title
    : words[exercise].pageTitle(figures.score(exercise, score), state.running);
}
