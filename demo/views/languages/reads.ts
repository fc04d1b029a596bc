// What a network that tells languages apart reads: the names of the languages that one ticks.

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { joinLanguages, splitLanguages } from "../../settings.js";
import { latin } from "../../text/names.js";
import { failureAbout } from "../notices.js";
import { type View, waits } from "../view.js";
import { languageName } from "./names.js";

/** With fewer there is nothing to tell apart. */
const fewest = 2;

export function readsNames(view: View): TemplateResult {
  const { state, words: all, figures } = view;
  const words = all.languages;
  const { facts } = state;
  return html`${ticks(view)} ${failureAbout(view, "text")}
  ${
    facts?.kind === "languages"
      ? html`<p class="quiet">
          ${words.facts(figures.whole(facts.names), figures.whole(facts.symbols), figures.whole(facts.heldOut))}
          ${words.credits}
        </p>`
      : nothing
  }`;
}

function ticks(view: View): TemplateResult {
  const { state, words: all, actions } = view;
  const words = all.languages;
  const ticked = splitLanguages(state.settings.languages);
  const isFewest = ticked.length <= fewest;
  const tick = (code: string, isOn: boolean) => {
    const codes = isOn ? [...ticked, code] : ticked.filter((other) => other !== code);
    actions.set({ languages: joinLanguages(codes) });
  };
  return html`<fieldset class="choice ticks ${waits(view, "languages") ? "pending" : ""}" id="languages">
    <legend>${words.languages}</legend>
    ${latin.map((code) => {
      const isOn = ticked.includes(code);
      return html`<label title=${isOn && isFewest ? words.atLeastTwo : ""}>
        <input
          type="checkbox"
          value=${code}
          .checked=${live(isOn)}
          ?disabled=${isOn && isFewest}
          @change=${() => tick(code, !isOn)}
        /><span lang=${code}>${languageName(code)}</span>
      </label>`;
    })}
  </fieldset>`;
}
