// The page's controls: each with its label, its value, and a mark where it waits for Reset.

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";

interface Field {
  readonly id: string;
  readonly label: string;
  /** What it says beside the label: the value, or that it waits. */
  readonly aside?: string;
  readonly isPending?: boolean;
}

function field({ id, label, aside = "", isPending = false }: Field, control: TemplateResult): TemplateResult {
  return html`<div class="field ${isPending ? "pending" : ""}">
    <label for=${id}>${label}</label>
    ${aside ? html`<output for=${id}>${aside}</output>` : nothing} ${control}
  </div>`;
}

/** One of a few values, from a list. */
export function select<T extends string | number>(
  about: Field & {
    readonly value: T;
    readonly options: readonly { readonly value: T; readonly label: string }[];
    readonly onChange: (value: T) => void;
  },
): TemplateResult {
  const { id, value, options, onChange } = about;
  const choose = (event: Event) => {
    const { selectedIndex } = event.currentTarget as HTMLSelectElement;
    onChange(options[selectedIndex].value);
  };
  return field(
    about,
    html`<select id=${id} .value=${live(String(value))} @change=${choose}>
      ${options.map(
        (option) =>
          html`<option value=${option.value} ?selected=${option.value === value}>${option.label}</option>`,
      )}
    </select>`,
  );
}

/** One of very few, all of them in sight. */
export function choice<T extends string>(about: {
  readonly id: string;
  readonly legend: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly isPending?: boolean;
  /** One of a row of buttons is pressed; else there are dots. */
  readonly asButtons?: boolean;
  readonly onChange: (value: T) => void;
}): TemplateResult {
  const { id, legend, value, options, isPending = false, asButtons = false, onChange } = about;
  return html`<fieldset class="choice ${isPending ? "pending" : ""} ${asButtons ? "buttons" : ""}">
    <legend>${legend}</legend>
    ${options.map(
      (option) =>
        html`<label>
          <input
            type="radio"
            name=${id}
            value=${option.value}
            .checked=${live(option.value === value)}
            @change=${() => onChange(option.value)}
          /><span>${option.label}</span>
        </label>`,
    )}
  </fieldset>`;
}

/** A range; `steps` of a logarithmic one are equal ratios. */
export function slider(about: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  /** The right end stands for Infinity. */
  readonly endless?: boolean;
  readonly onInput: (value: number) => void;
}): TemplateResult {
  const { id, label, value, text, min, max, scale, endless = false, onInput } = about;
  const positions = 100;
  const from = scale === "log" ? Math.log(min) : min;
  const span = (scale === "log" ? Math.log(max) : max) - from;
  const last = positions + (endless ? 4 : 0);
  const position = Number.isFinite(value)
    ? (((scale === "log" ? Math.log(value) : value) - from) / span) * positions
    : last;
  const move = (event: Event) => {
    const at = Number((event.currentTarget as HTMLInputElement).value);
    if (at > positions) {
      onInput(Number.POSITIVE_INFINITY);
      return;
    }
    const moved = from + (at / positions) * span;
    onInput(Number((scale === "log" ? Math.exp(moved) : moved).toPrecision(2)));
  };
  return field(
    { id, label, aside: text },
    html`<input
      id=${id}
      type="range"
      min="0"
      max=${last}
      step="any"
      .value=${live(String(position))}
      aria-valuetext=${text}
      @input=${move}
    />`,
  );
}
