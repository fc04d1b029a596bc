// The head of the page: what this is, on what it computes, in which language it speaks.

import { html, nothing, type TemplateResult } from "lit-html";
import licence from "../../LICENSE?url&no-inline";
import readme from "../../README.md?url&no-inline";
import { backends, exercises, type Tongue } from "../settings.js";
import { tongueNames } from "../words/index.js";
import { choice, select } from "./controls.js";
import { type View, waits } from "./view.js";

export function head(view: View): TemplateResult {
  const { state, words, actions } = view;
  const { exercise } = state.settings;
  const { tagline, story } = words[exercise];
  return html`<header>
    <div class="headline">
      <h1>webrnn</h1>
      <p class="tagline">${tagline}</p>
      <p class="quiet">${story}</p>
      ${choice({
        id: "exercise",
        legend: words.exercise,
        value: exercise,
        options: exercises.map((value) => ({ value, label: words.exercises[value] })),
        asButtons: true,
        onChange: (value) => actions.turnTo(value),
      })}
      <p class="links"><a href=${readme}>${words.readme}</a> <a href=${licence}>${words.licence}</a></p>
    </div>
    <div class="where">
      <div class="where-choices">
        ${select({
          id: "backend",
          label: words.device,
          value: state.settings.backend,
          options: backends.map((value) => ({ value, label: words.deviceChoice[value] })),
          isPending: waits(view, "backend"),
          onChange: (backend) => actions.set({ backend }),
        })}
        ${select<Tongue>({
          id: "tongue",
          label: words.pageLanguage,
          value: state.tongue,
          options: tongueNames.map(({ code, name }) => ({ value: code, label: name })),
          onChange: (tongue) => actions.speak(tongue),
        })}
      </div>
      ${badge(view)}
    </div>
  </header>`;
}

function badge({ state: { device, building, settings }, words }: View): TemplateResult {
  if (device === undefined) {
    return html`<p class="badge" data-kind="none">${building ? words.deviceSearch : words.noDevice}</p>`;
  }
  if (device.kind === "webgpu") {
    return html`<p class="badge" data-kind="webgpu" title=${device.reason}>
      <strong>WebGPU</strong> · ${device.name}${device.software ? html` <span class="quiet">(${words.softwareGpu})</span>` : ""}
    </p>`;
  }
  const why = settings.backend === "cpu" ? words.cpuByChoice : words.cpuByNeed;
  const { name, how } = words.cpuPaths[device.path];
  const isSlow = device.power === "low"; // which is said in full
  return html`<p class="badge" data-kind="cpu" title=${how}>
    <strong>${name}</strong> · ${isSlow ? how : nothing} ${why}
  </p>`;
}
