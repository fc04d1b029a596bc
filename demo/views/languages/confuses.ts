// What a network that tells languages apart confuses: the held-out names as a table that is a picture, and in words
// what it mistakes most.

import { html, nothing, type TemplateResult } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import type { Confusion } from "../../protocol.js";
import { splitLanguages } from "../../settings.js";
import type { View } from "../view.js";
import { languageName } from "./names.js";
import { tintOf } from "./tint.js";

export function confuses(view: View): TemplateResult {
  const { state, words: all } = view;
  const words = all.languages;
  const { confusion, network } = state;
  return html`<section class="confuses" aria-label=${words.confuses}>
    <h2>${words.confuses}</h2>
    ${
      confusion === undefined || network === undefined
        ? html`<p class="quiet">${words.noConfusion}</p>`
        : guard([confusion, all], () => picture(view, confusion, splitLanguages(network.settings.languages)))
    }
  </section>`;
}

/** A cell of the table. */
interface Cell {
  readonly truth: string;
  readonly taken: string;
  readonly count: number;
  /** Of the names in the truth's language. */
  readonly share: number;
  readonly example: string | undefined;
}

function cellsOf({ counts, examples }: Confusion, codes: readonly string[]): Cell[][] {
  const size = codes.length;
  return codes.map((truth, row) => {
    const own = counts.subarray(row * size, (row + 1) * size);
    const sum = own.reduce((total, count) => total + count, 0);
    return codes.map((taken, column) => ({
      truth,
      taken,
      count: own[column],
      share: sum > 0 ? own[column] / sum : 0,
      example: examples[row * size + column],
    }));
  });
}

function picture(view: View, confusion: Confusion, codes: readonly string[]): TemplateResult {
  const { words: all, figures } = view;
  const words = all.languages;
  const rows = cellsOf(confusion, codes);
  const cells = rows.flat();
  const names = cells.reduce((sum, { count }) => sum + count, 0);
  const right = cells.reduce((sum, { truth, taken, count }) => sum + (truth === taken ? count : 0), 0);
  return html`<div class="beside">
    <div>
      ${table(view, rows, codes)}
    </div>
    <div>
      <p class="sentence" id="confusion-sentence">
        ${words.confusionOf(figures.whole(names), figures.share(right / names))}
      </p>
      ${worst(view, cells)}
      <p class="quiet">${words.confusesHelp}</p>
    </div>
  </div>`;
}

function table(view: View, rows: readonly (readonly Cell[])[], codes: readonly string[]): TemplateResult {
  const { words: all } = view;
  const words = all.languages;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`${words.truth}, ${words.taken}`}>
    <table class="cells confusion ${codes.length > 10 ? "dense" : ""}" id="confusion">
      <caption>${words.truth} ↓ · ${words.taken} →</caption>
      <thead>
        <tr>
          <td></td>
          ${codes.map((code) => html`<th scope="col" lang=${code}><abbr title=${languageName(code)}>${code}</abbr></th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              <th scope="row" lang=${cells[0].truth}>
                <span class="long">${languageName(cells[0].truth)}</span>
                <abbr class="short" title=${languageName(cells[0].truth)}>${cells[0].truth}</abbr>
              </th>
              ${cells.map((cell) => square(view, cell))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function square({ words: all, figures }: View, { truth, taken, count, share }: Cell): TemplateResult {
  const isRight = truth === taken;
  const names = [
    languageName(truth),
    languageName(taken),
    figures.percent(share),
    figures.whole(count),
  ] as const;
  return html`<td class=${isRight ? "diagonal" : ""} data-tint=${tintOf(share)} title=${all.languages.cell(...names)}>
    ${count > 0 ? html`<span>${Math.round(100 * share)}</span>` : nothing}
  </td>`;
}

const mostWorst = 5;

/** The mistakes that are made most, each with a name. */
function worst({ words: all, figures }: View, cells: readonly Cell[]) {
  const words = all.languages;
  const mistakes = cells
    .filter(({ truth, taken, count }) => truth !== taken && count > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, mostWorst);
  return mistakes.length === 0
    ? nothing
    : html`<h3>${words.worst}</h3>
        <ol class="worst">
          ${mistakes.map(
            ({ truth, taken, share, example = "" }) =>
              html`<li>
                ${words.mistake(languageName(truth), languageName(taken), figures.percent(share))}
                <span class="quiet">${words.mistaken(example)}</span>
              </li>`,
          )}
        </ol>`;
}
