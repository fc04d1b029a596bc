// The page's entry: state, worker, and the visitor's keys, files and addresses.

import languages from "virtual:languages";
import { Actions } from "./actions.js";
import { readAddress } from "./address.js";
import { Builds } from "./builds.js";
import { LearningCharts } from "./charts/learning.js";
import { ThroughTimeChart } from "./charts/through_time.js";
import { defaults } from "./defaults.js";
import type { Report, Request } from "./protocol.js";
import { receive } from "./receive.js";
import { initialState, Store } from "./state.js";
import { drawPage } from "./views/page.js";
import { Figures, preferredTongue, wordsOf } from "./words/index.js";
import "./styles.css";
import "./languages.css";

/** The visitor's language, if there are names in it. */
function languageOfNames(): string {
  const codes = languages.map(({ code }) => code);
  const wanted = navigator.languages.flatMap((language) => [language, language.split("-")[0]]);
  return wanted.find((code) => codes.includes(code)) ?? "en";
}

const root = document.querySelector<HTMLElement>("#page");
if (root === null) {
  throw new Error("index.html: there is no #page to draw in.");
}
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (request: Request) => worker.postMessage(request);
const charts = { learning: new LearningCharts(), time: new ThroughTimeChart() };

const { given, tongue } = readAddress(location.hash);
const language = languageOfNames();
const spoken = tongue ?? preferredTongue(navigator.languages);
document.documentElement.lang = wordsOf(spoken).code;

const settings = { ...defaults(given.exercise ?? "writing", { power: "middle", language }), ...given };
document.title = wordsOf(spoken)[settings.exercise].title;

const store = new Store(initialState(settings, spoken), (state) => {
  const words = wordsOf(state.tongue);
  drawPage({ state, words, figures: new Figures(words.code), actions, charts }, root);
});
const builds = new Builds(store, send, given, language);
const actions = new Actions(store, send, builds, tongue);

worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
  receive(store, data);
  if (data.kind === "built") {
    actions.built();
  } else if (data.kind === "failed" || data.kind === "gaveUp") {
    actions.notBuilt();
  }
});
worker.addEventListener("error", ({ message }) => {
  const failure = { about: "model", trouble: "workerLost", detail: message ?? "", numbers: {} } as const;
  store.change({ failure, building: undefined });
});
builds.start();

const narrow = matchMedia("(max-width: 1099px)");
const fold = () => store.change({ narrow: narrow.matches });
narrow.addEventListener("change", fold);
fold();

addEventListener("hashchange", () => {
  const address = readAddress(location.hash);
  if (address.tongue !== undefined) {
    actions.speak(address.tongue);
  }
  actions.set(address.given);
});

/** Where Space means something already. */
const ownsSpace = "input, textarea, select, button, summary, a, label, dialog, [tabindex]";

addEventListener("keydown", (event) => {
  const isFree = !(event.target instanceof Element && event.target.closest(ownsSpace));
  if (
    event.code === "Space" &&
    isFree &&
    !event.repeat &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey
  ) {
    event.preventDefault();
    actions.toggle();
  }
});

addEventListener("dragover", (event) => {
  event.preventDefault();
  if (!store.state.dropping) {
    store.change({ dropping: true });
  }
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) {
    store.change({ dropping: false });
  }
});
addEventListener("drop", (event) => {
  event.preventDefault();
  store.change({ dropping: false });
  const file = event.dataTransfer?.files[0];
  if (file) {
    void actions.open(file);
  }
});
