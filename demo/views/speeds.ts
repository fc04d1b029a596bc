// How fast the visitor's device is: the workloads that webrnn is measured with beside other libraries.

import { html, nothing, type TemplateResult } from "lit-html";
import type { Speed } from "../measure/speed.js";
import { workloads } from "../measure/workloads.js";
import { failureAbout } from "./notices.js";
import type { View } from "./view.js";

export function speeds(view: View): TemplateResult {
  const { state, words, actions } = view;
  const { speeds: rows, isMeasuring, device } = state;
  return html`<h3>${words.speedTitle}</h3>
    <p class="quiet">${words.speedHelp}</p>
    <p class="row">
      <button id="measure" ?disabled=${isMeasuring || device === undefined} @click=${() => actions.measure()}>
        ${isMeasuring ? words.measuring(`${rows.length}`, `${workloads.length}`) : words.measure}
      </button>
    </p>
    ${failureAbout(view, "speed")} ${isMeasuring ? nothing : verdict(view, rows)}
    ${rows.length > 0 ? table(view, rows) : nothing}`;
}

/** What the figures say, once all are there. */
function verdict({ words, figures }: View, rows: readonly Speed[]) {
  const training = rows.find(({ workload }) => workload.kind === "train");
  if (training === undefined || rows.length < workloads.length) {
    return nothing;
  }
  const { workload, milliseconds } = training;
  const most = rows.reduce((best, { flopsPerSecond }) => Math.max(best, flopsPerSecond), 0);
  const perSecond = (workload.B * workload.T) / (milliseconds / 1000);
  const says = words.speedVerdict(
    figures.short(milliseconds),
    figures.compact(perSecond),
    figures.compact(most),
  );
  return html`<p class="note" role="status" id="speed-verdict">${says}</p>`;
}

function table({ words, figures }: View, rows: readonly Speed[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.speedTitle}>
    <table id="speeds">
      <thead>
        <tr>
          <th scope="col">${words.workload}</th>
          <th scope="col">${words.shape}</th>
          <th scope="col" class="number">ms</th>
          <th scope="col" class="number">GFLOP/s</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ workload: { cell, kind, layers, directions, B, T, I, H }, milliseconds, flopsPerSecond }) =>
            html`<tr>
              <th scope="row">${cell.toUpperCase()}: ${words.kinds[kind]}</th>
              <td>
                ${B} × ${T}, ${I} → ${H}${layers * directions > 1 ? `, ${words.stacked(String(layers), directions === 2)}` : nothing}
              </td>
              <td class="number">${figures.bits(milliseconds)}</td>
              <td class="number">${figures.bits(flopsPerSecond / 1e9)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
