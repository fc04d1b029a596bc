// The gradient through time: the chart, and what one sees in it in words and numbers.

import { html, nothing, type TemplateResult } from "lit-html";
import { cellTrials } from "../experiments.js";
import { trials } from "./trials.js";
import { keptKeys, nameOf, type View } from "./view.js";

export function time(view: View): TemplateResult {
  const { words, charts } = view;
  return html`<section class="time" aria-label=${words.time}>
    <h2>${words.time}</h2>
    <div class="beside">
      <div>${charts.time.chart.element} ${legend(view)}</div>
      <div>
        <p id="time-sentence" class="sentence">${sentence(view)} ${perStep(view)}</p>
        ${comparisons(view)}
        ${trials(
          view,
          words.cellTrials,
          cellTrials.map((trial) => ({ id: trial.cell, label: words.cells[trial.cell], trial })),
        )}
        <p class="quiet">${words[view.state.settings.exercise].timeHelp}</p>
      </div>
    </div>
  </section>`;
}

/** Which line is which, where there are several. */
function legend(view: View) {
  const { state, words } = view;
  const { gradient, kept } = state;
  const isOne = gradient.length < 2;
  const name = (i: number) =>
    isOne ? nameOf(state.network?.settings ?? state.settings, words) : words.layer(String(i + 1));
  return isOne && kept.length === 0
    ? nothing
    : html`<p class="legend">
        ${gradient.map((_, i) => html`<span class="key layer" data-layer=${i}>${name(i)}</span>`)} ${keptKeys(view)}
      </p>`;
}

const usualSteps = 20;

/** How many steps back is spoken of, and how much is there as a share of the gradient at the loss. */
function look(norms: Float32Array): { readonly steps: number; readonly share: number } | undefined {
  const last = norms.length - 1;
  const steps = Math.min(usualSteps, last);
  return norms[last] > 0 && steps > 0 ? { steps, share: norms[last - steps] / norms[last] } : undefined;
}

/** Of the topmost layer, the one next to the loss. */
function sentence({ state: { gradient }, words, figures }: View): string {
  const norms = gradient.at(-1);
  if (norms === undefined) {
    return words.noGradientYet;
  }
  const seen = look(norms);
  if (seen === undefined) {
    return words.noGradient;
  }
  const { steps, share } = seen;
  if (share > 3) {
    return words.explodes(String(steps), figures.short(share));
  }
  const say = share < 0.01 ? words.vanishes : share < 0.3 ? words.fades : words.holds;
  return say(String(steps), figures.percent(share));
}

/** A power of what? */
function perStep({ state: { gradient }, words, figures }: View): string {
  const seen = gradient.length > 0 ? look(gradient[gradient.length - 1]) : undefined;
  return seen && seen.share > 0 ? words.perStep(figures.short(seen.share ** (1 / seen.steps))) : "";
}

function comparisons({ state: { kept }, words, figures }: View): TemplateResult[] {
  return kept.flatMap(({ settings, gradient }) => {
    const seen = gradient.length > 0 ? look(gradient[gradient.length - 1]) : undefined;
    return seen
      ? [
          html`<p>
            ${words.comparedWith(nameOf(settings, words), String(seen.steps), figures.percent(seen.share))}
          </p>`,
        ]
      : [];
  });
}

/** Gives the chart what it shows. */
export function showTime(view: View): void {
  const { state, words, figures, charts } = view;
  const top = state.gradient.at(-1);
  const seen = top && look(top);
  charts.time.show({
    layers: state.gradient,
    mark: seen && {
      steps: seen.steps,
      norm: top[top.length - 1 - seen.steps],
      label: figures.percent(seen.share),
    },
    kept: state.kept.map(({ gradient }) => gradient.at(-1) ?? new Float32Array()),
    axisLabel: words[state.settings.exercise].timeAxis,
    label: `${words.time}: ${sentence(view)}`,
  });
}
