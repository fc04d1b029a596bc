// Which words the page speaks, and how it writes numbers in them.

import type { Exercise, Tongue } from "../settings.js";
import { en, type Words } from "./en.js";
import { ko } from "./ko.js";

export type { Words } from "./en.js";

const all: { readonly [T in Tongue]: Words } = { en, ko };
export const wordsOf = (tongue: Tongue): Words => all[tongue];
export const tongueNames = Object.entries(all).map(([code, { name }]) => ({ code: code as Tongue, name }));

/** The visitor's language, where the page has it. */
export function preferredTongue(languages: readonly string[]): Tongue {
  const known = languages.map((language) => language.split("-")[0]).find((code) => code in all);
  return (known as Tongue | undefined) ?? "en";
}

/** Numbers as the page writes them. */
export class Figures {
  readonly #whole: Intl.NumberFormat;
  readonly #compact: Intl.NumberFormat;
  readonly #bits: Intl.NumberFormat;
  readonly #tenth: Intl.NumberFormat;

  constructor(code: string) {
    this.#whole = new Intl.NumberFormat(code, { maximumFractionDigits: 0 });
    this.#compact = new Intl.NumberFormat(code, { notation: "compact", maximumSignificantDigits: 3 });
    this.#tenth = new Intl.NumberFormat(code, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.#bits = new Intl.NumberFormat(code, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  whole = (value: number): string => this.#whole.format(value);
  compact = (value: number): string => this.#compact.format(value);
  bits = (value: number | undefined): string =>
    value !== undefined && Number.isFinite(value) ? this.#bits.format(value) : "–";

  /** How good a network is: bits per character, or the share of names that it gets right. */
  score(exercise: Exercise, value: number | undefined): string {
    return exercise === "writing" ? this.bits(value) : this.share(value);
  }

  /** A share to a tenth of a per cent: 73.8 %. */
  share(value: number | undefined): string {
    return value !== undefined && Number.isFinite(value) ? `${this.#tenth.format(value * 100)} %` : "–";
  }

  /** Two digits that count: 0.0013, 0.25, 12. */
  short(value: number): string {
    if (!Number.isFinite(value)) {
      return "∞";
    }
    const isPlain = value === 0 || (value >= 1e-4 && value < 1e4);
    return isPlain ? String(Number(value.toPrecision(2))) : value.toExponential(0).replace("e+", "e");
  }

  /** A share as per cent: 100 %, 32 %, 0.3 %, under 0.0001 %. */
  percent(share: number): string {
    const value = share * 100;
    if (value < 1e-4) {
      return "< 0.0001 %";
    }
    return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(1))} %`;
  }

  /** 1.2 MB. */
  size(bytes: number): string {
    const units = ["B", "kB", "MB", "GB"];
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
    return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
  }
}
