// Under the hood: what exactly runs for one update, whether this device computes it right and how
// fast, and the same as code.

import { html, nothing, type TemplateResult } from "lit-html";
import { programOf } from "../code/program.js";
import type { CheckRow } from "../protocol.js";
import { failureAbout } from "./notices.js";
import { speeds } from "./speeds.js";
import type { View } from "./view.js";

export function hood(view: View): TemplateResult {
  const { words } = view;
  return html`<section class="hood" aria-label=${words.hood}>
    <h2>${words.hood}</h2>
    <div class="stack">${plan(view)}</div>
    <div class="halves">
      <div class="stack">${check(view)}</div>
      <div class="stack">${speeds(view)}</div>
    </div>
    <div class="stack">${code(view)}</div>
  </section>`;
}

function plan({ state: { network, settings }, words, figures }: View): TemplateResult {
  const help = words[settings.exercise].planHelp;
  if (network === undefined) {
    return html`<h3>${words.planTitle}</h3>
      <p class="quiet">${help}</p>`;
  }
  const { dispatches, submits, flops, bytes, memory, spared } = network.costs;
  const numbers = [
    [words.dispatches, figures.whole(dispatches)],
    [words.submits, figures.whole(submits)],
    [words.flops, figures.compact(flops)],
    [words.bytes, figures.size(bytes)],
    [words.memory, figures.size(memory)],
    [words.weightsCount, figures.whole(network.parameters)],
  ];
  return html`<h3>${words.planTitle}</h3>
    <p class="quiet">${help}</p>
    <dl class="counters">
      ${numbers.map(([label, value]) => html`<div class="counter"><dt>${label}</dt><dd>${value}</dd></div>`)}
    </dl>
    ${spared === undefined ? nothing : html`<p id="spared">${words.languages.spared(figures.percent(spared))}</p>`}
    <pre class="plan" id="plan" tabindex="0" aria-label=${words.planTitle}>${network.plan}</pre>`;
}

function check(view: View): TemplateResult {
  const { state, words, actions } = view;
  const { check: checked, network } = state;
  const isBusy = checked === "running";
  return html`<h3>${words.checkTitle}</h3>
    <p class="quiet">${words.checkHelp}</p>
    <p>
      <button id="check" ?disabled=${isBusy || network === undefined} @click=${() => actions.check()}>
        ${isBusy ? words.checking : words.check}
      </button>
    </p>
    ${failureAbout(view, "check")} ${typeof checked === "string" ? nothing : checkTable(view, checked)}`;
}

function checkTable({ words, figures }: View, rows: readonly CheckRow[]): TemplateResult {
  const wrong = rows.filter(({ ok }) => !ok).map(({ kernel }) => kernel);
  const worst = rows.reduce((most, { forward, backward }) => Math.max(most, forward, backward || 0), 0);
  const verdict =
    wrong.length === 0
      ? words.verdictGood(figures.whole(rows.length), figures.short(worst))
      : words.verdictBad([...new Set(wrong)].join(", "));
  return html`<p class="note ${wrong.length > 0 ? "failure" : ""}" role="status" id="verdict">${verdict}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${words.checkTitle}>
      <table>
        <thead>
          <tr>
            <th scope="col">${words.kernel}</th>
            <th scope="col">${words.shape}</th>
            <th scope="col" class="number">${words.forward}</th>
            <th scope="col" class="number">${words.backward}</th>
            <th scope="col"></th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.kernel}</th>
                <td>${row.shape}</td>
                <td class="number">${difference(row.forward)}</td>
                <td class="number">${difference(row.backward)}</td>
                <td>${row.ok ? words.right : words.wrong}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** 0 where the kernel has no part in that pass, or agrees to the last bit. */
const difference = (value: number): string => (value === 0 ? "0" : value.toExponential(1));

function code({ state, words, actions }: View): TemplateResult {
  const said = { no: "", yes: words.copied, failed: words.copyFailed }[state.copied];
  return html`<h3>${words.codeTitle}</h3>
    <p class="quiet">${words.codeHelp}</p>
    <p class="row">
      <button id="copy" @click=${() => actions.copy()}>${words.copy}</button>
      <span role="status">${said}</span>
    </p>
    <details ?open=${state.copied === "failed"}>
      <summary>${words.showCode}</summary>
      <pre class="plan" id="code" tabindex="0" aria-label=${words.codeTitle}>${programOf(state.settings)}</pre>
    </details>`;
}
