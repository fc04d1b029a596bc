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
    ${failureAbout(view, "speed")} ${rows.length > 0 ? table(view, rows) : nothing}`;
}

function table({ words, figures }: View, rows: readonly Speed[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.speedTitle}>
    <table id="speeds">
      <thead>
        <tr>
          <th scope="col">${words.workload}</th>
          <th scope="col">${words.shape}</th>
          <th scope="col">ms</th>
          <th scope="col">GFLOP/s</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ workload: { cell, kind, layers, directions, B, T, I, H }, milliseconds, flopsPerSecond }) =>
            html`<tr>
              <th scope="row">${cell.toUpperCase()}: ${words.kinds[kind]}</th>
              <td>
                ${B} × ${T}, ${I} → ${H}${layers * directions > 1 ? `, L${layers} D${directions}` : nothing}
              </td>
              <td>${figures.bits(milliseconds)}</td>
              <td>${figures.bits(flopsPerSecond / 1e9)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
