// The right column: what the network writes, every character tinted by how little it was expected.

import { html, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Sample } from "../../protocol.js";
import { ranges } from "../../settings.js";
import { slider } from "../controls.js";
import type { View } from "../view.js";

export function writes({ state, words: all, figures, actions }: View): TemplateResult {
  const words = all.writing;
  const { settings, samples, network } = state;
  const typed = (event: Event) => actions.set({ prompt: (event.currentTarget as HTMLInputElement).value });
  const enter = (event: KeyboardEvent) => event.key === "Enter" && !event.isComposing && actions.show();
  return html`<section class="right" aria-label=${words.writes}>
    <h2>${words.writes}</h2>
    <div class="field wide">
      <label for="prompt">${words.prompt}</label>
      <div class="row">
        <input
          id="prompt"
          type="text"
          class="mono"
          autocomplete="off"
          spellcheck="false"
          placeholder=${words.promptPlaceholder}
          .value=${settings.prompt}
          @input=${typed}
          @keydown=${enter}
        />
        <button id="write" ?disabled=${network === undefined} @click=${() => actions.show()}>${words.write}</button>
      </div>
    </div>
    ${slider({
      id: "temperature",
      label: words.temperature,
      value: settings.temperature,
      text: `${figures.short(settings.temperature)} · ${words.temperatureHint}`,
      ...ranges.temperature,
      scale: "linear",
      onInput: (temperature) => actions.set({ temperature }),
    })}
    <p class="tints quiet">
      ${words.surprise}: ${words.expected}
      ${[0, 1, 2, 3, 4, 5].map((tint) => html`<span class="tint" data-tint=${tint}></span>`)} ${words.surprising}
    </p>
    <p class="quiet">${words.newestFirst}</p>
    ${samples.length === 0 ? html`<p class="quiet">${words.noSample}</p>` : ""}
    <ol class="samples" id="samples" tabindex="0" aria-label=${words.writes}>
      ${repeat(
        samples,
        (sample) => sample,
        (sample) => html`<li>
          <h3>${sample.update === 0 ? words.untrained : words.sampleAt(figures.whole(sample.update))}</h3>
          ${writing(sample, words.surprise, words.bitsShort)}
        </li>`,
      )}
    </ol>
  </section>`;
}

/** Bits of surprise where the next deeper tint begins. */
const thresholds = [1, 2, 3.5, 5, 7];
const tintOf = (bits: number): number => thresholds.filter((threshold) => bits >= threshold).length;

interface Stretch {
  readonly tint: number;
  text: string;
}

/** Neighbours of one tint are one piece. A sample never changes: it is drawn once. */
function stretchesOf({ symbols, surprise }: Sample): Stretch[] {
  const stretches: Stretch[] = [];
  symbols.forEach((symbol, i) => {
    const tint = tintOf(surprise[i]);
    const last = stretches.at(-1);
    if (last?.tint === tint) {
      last.text += symbol;
    } else {
      stretches.push({ tint, text: symbol });
    }
  });
  return stretches;
}

const drawn = new WeakMap<Sample, TemplateResult>();

function writing(sample: Sample, surprise: string, unit: string): TemplateResult {
  const known = drawn.get(sample);
  if (known) {
    return known;
  }
  const range = (tint: number) => `${surprise}: ≥ ${tint === 0 ? 0 : thresholds[tint - 1]} ${unit}`;
  const template = html`<p class="writing"><b>${sample.prompt}</b>${stretchesOf(sample).map(
    ({ tint, text }) => html`<span class="tint" data-tint=${tint} title=${range(tint)}>${text}</span>`,
  )}</p>`;
  drawn.set(sample, template);
  return template;
}
