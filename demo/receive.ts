// What the worker reports, as changes of the page's state.

import { Curve } from "./charts/curve.js";
import { download } from "./files.js";
import type { Report } from "./protocol.js";
import type { Settings } from "./settings.js";
import { type Building, type Kept, type Network, type State, type Store, unsaved } from "./state.js";
import { Figures, wordsOf } from "./words/index.js";

const mostSamples = 12;
const mostKept = 2;

type ReportOf<K extends Report["kind"]> = Extract<Report, { kind: K }>;

/** Takes one report in. */
export function receive(store: Store, report: Report): void {
  store.change(changesOf(store.state, report));
  if (report.kind === "heldOut" || report.kind === "running") {
    document.title = titleOf(store.state);
  }
}

function changesOf(state: State, report: Report): Partial<State> {
  const words = wordsOf(state.tongue);
  switch (report.kind) {
    case "device":
      return { device: report.device };
    case "text":
      return { facts: report.facts, baselines: [] };
    case "baselines":
      return { baselines: report.bits };
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
    case "heldOut":
      state.network?.curve.addHeldOut({ update: report.update, bits: report.bits });
      return {};
    case "sample":
      return { samples: [report, ...state.samples].slice(0, mostSamples) };
    case "gradient":
      return { gradient: report.layers };
    case "saved":
      return changesOfSaved(state, report);
    case "checked":
      return { check: report.rows };
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

function changesOfSaved({ tongue, network }: State, report: ReportOf<"saved">): Partial<State> {
  const { what, update, bytes } = report;
  const name = `webrnn-${network?.settings.cell}-${update}-${what}.safetensors`;
  download(name, bytes);
  return { saved: update, note: wordsOf(tongue).savedAs(name), failure: undefined };
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
    updatesPerSecond: 0,
    skipped: 0,
    samples: [],
    gradient: [],
  };
}

/** What the visitor has moved while it was built. */
function changedSince(then: Settings, now: Settings): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(now).filter(([key, value]) => then[key as keyof Settings] !== value),
  );
}

/** The network that is replaced joins those that one compares with, as long as they read the same text. */
function keptOf({ network: old, kept, gradient }: State, { settings, own }: Network): readonly Kept[] {
  const hasLearnt = old !== undefined && old.curve.heldOut.length > 1;
  const all = hasLearnt
    ? [{ settings: old.settings, own: old.own, curve: old.curve, gradient }, ...kept]
    : kept;
  const isSameText = (run: Kept) =>
    run.settings.text === settings.text && run.settings.language === settings.language && run.own === own;
  return all.filter(isSameText).slice(0, mostKept);
}

function changesOfProgress(state: State, report: ReportOf<"progress">): Partial<State> {
  const { updates, bits, gradNorms, clip, skipped, updatesPerSecond } = report;
  const first = updates - bits.length + 1;
  bits.forEach((value, i) => {
    state.network?.curve.add(first + i, value, gradNorms[i], gradNorms[i] > clip);
  });
  return { updates, updatesPerSecond, skipped: state.skipped + skipped };
}

function announcement({ tongue, updates, network }: State, running: boolean): string {
  const words = wordsOf(tongue);
  const figures = new Figures(words.code);
  return running
    ? words.announceTraining
    : words.announcePaused(figures.whole(updates), figures.bits(network?.curve.lastHeldOut));
}

/** A tab in the background says how it does. */
function titleOf(state: State): string {
  const words = wordsOf(state.tongue);
  const bits = state.network?.curve.lastHeldOut;
  const isQuiet = bits === undefined || (!state.running && unsaved(state) === 0);
  return isQuiet ? words.title : words.pageTitle(new Figures(words.code).bits(bits), state.running);
}
