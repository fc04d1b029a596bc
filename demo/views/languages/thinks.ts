// The right column: a name, and what the network thinks of it: bars for the whole of it, and a picture of every
// beginning, in which one sees the decision change.

import { html, nothing, type TemplateResult } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import type { Reading } from "../../protocol.js";
import { splitLanguages } from "../../settings.js";
import type { View } from "../view.js";
import { languageName } from "./names.js";
import { likeliest, tintOf } from "./tint.js";

export function thinks(view: View): TemplateResult {
  const { state, words: all } = view;
  const words = all.languages;
  const { reading, network } = state;
  const codes = network ? splitLanguages(network.settings.languages) : [];
  return html`<section class="right" aria-label=${words.thinks}>
    <h2>${words.thinks}</h2>
    ${nameField(view)} ${examples(view)}
    ${
      reading === undefined
        ? html`<p class="quiet">${words.noReading}</p>`
        : guard([reading, all], () => opinion(view, reading, codes))
    }
  </section>`;
}

function nameField({ state, words: all, actions }: View): TemplateResult {
  const words = all.languages;
  const { facts, settings } = state;
  const example = facts?.kind === "languages" ? facts.examples[0]?.text : undefined;
  return html`<div class="field wide">
    <label for="name">${words.name}</label>
    <input
      id="name"
      type="text"
      class="mono"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      placeholder=${example === undefined ? "" : words.namePlaceholder(example)}
      .value=${settings.name}
      @input=${(event: Event) => actions.ask((event.currentTarget as HTMLInputElement).value)}
    />
  </div>`;
}

/** Names that were never learnt from, one click away. */
function examples({ state: { facts }, words: all, actions }: View) {
  if (facts?.kind !== "languages") {
    return nothing;
  }
  const codes = splitLanguages(facts.languages);
  return html`<div class="row examples" role="group" aria-label=${all.languages.tryThese}>
    ${facts.examples.map(
      ({ text, label }) =>
        html`<button lang=${codes[label]} title=${languageName(codes[label])} @click=${() => actions.ask(text)}>
          ${text}
        </button>`,
    )}
  </div>`;
}

function opinion(view: View, reading: Reading, codes: readonly string[]): TemplateResult {
  const { words: all, figures } = view;
  const words = all.languages;
  const last = reading.beliefs[reading.beliefs.length - 1];
  const best = likeliest(last);
  const thought = words.thought(languageName(codes[best]), figures.percent(last[best]));
  return html`<p class="thought" id="thought" aria-live="polite">
      <span class="mono">${reading.letters.join("")}</span> <strong>${thought}</strong>
    </p>
    ${bars(view, last, codes)}
    <h3>${words.letterByLetter}</h3>
    <p id="changes">${changes(view, reading, codes)}</p>
    ${letters(view, reading, codes)}
    <p class="quiet">${words.letterHelp}</p>`;
}

/** Of the whole name. */
function bars(
  { words: all, figures }: View,
  beliefs: Float32Array,
  codes: readonly string[],
): TemplateResult {
  const words = all.languages;
  const best = likeliest(beliefs);
  return html`<table class="beliefs" id="beliefs">
    <caption class="unseen">${words.beliefs}</caption>
    <tbody>
      ${codes.map(
        (code, i) =>
          html`<tr class=${i === best ? "best" : ""}>
            <th scope="row" lang=${code}>${languageName(code)}</th>
            <td class="measure"><span style=${`width: ${(100 * beliefs[i]).toFixed(1)}%`}></span></td>
            <td class="number">${figures.percent(beliefs[i])}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const mostChanges = 6;

/** After which beginnings it changes its mind. */
function changes({ words: all }: View, { letters, beliefs }: Reading, codes: readonly string[]): string {
  const words = all.languages;
  const choices = beliefs.map(likeliest);
  const steps = choices.flatMap((choice, i) =>
    choice === choices[i - 1]
      ? []
      : [words.change(letters.slice(0, i + 1).join(""), languageName(codes[choice]))],
  );
  return words.changes(steps.slice(-mostChanges).join(", "));
}

/** A row a language, a column a letter. */
function letters(view: View, reading: Reading, codes: readonly string[]): TemplateResult {
  const { words: all, figures } = view;
  const choices = reading.beliefs.map(likeliest);
  const cell = (beliefs: Float32Array, at: number, language: number) => {
    const share = figures.percent(beliefs[language]);
    return html`<td class=${choices[at] === language ? "best" : ""} data-tint=${tintOf(beliefs[language])} title=${share}>
      <span class="unseen">${share}</span>
    </td>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${all.languages.letterByLetter}>
    <table class="cells letters" id="letters">
      <thead>
        <tr>
          <td></td>
          ${reading.letters.map((letter) => html`<th scope="col">${letter === " " ? "␣" : letter}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${codes.map(
          (code, language) =>
            html`<tr>
              <th scope="row" lang=${code}>${languageName(code)}</th>
              ${reading.beliefs.map((beliefs, at) => cell(beliefs, at, language))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
