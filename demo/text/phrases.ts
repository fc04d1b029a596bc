// Names of things in one language, from the Unicode Common Locale Data Repository: emoji and their keywords,
// languages, territories, scripts and variants. Pure functions of the packages' JSON.

interface Annotations {
  readonly annotations: {
    readonly annotations?: {
      readonly [symbol: string]: { readonly default?: readonly string[]; readonly tts?: readonly string[] };
    };
  };
}

interface LocaleNames {
  readonly main: {
    readonly [locale: string]: {
      readonly localeDisplayNames: { readonly [table: string]: { readonly [code: string]: string } };
    };
  };
}

/** The tables of names that a language may have, one JSON file each. */
export const nameTables = ["languages", "territories", "scripts", "variants"] as const;

/** A language that a text can be made of: its code, its name in itself, how many phrases it has. */
export interface Language {
  readonly code: string;
  readonly name: string;
  readonly phrases: number;
}

/** Every phrase once, in the order of the files. */
export function phrasesOf(annotations: Annotations, names: readonly LocaleNames[]): string[] {
  const phrases = new Set<string>();
  for (const { tts = [], default: keywords = [] } of Object.values(
    annotations.annotations.annotations ?? {},
  )) {
    for (const phrase of [...tts, ...keywords]) {
      phrases.add(phrase);
    }
  }
  for (const { main } of names) {
    for (const { localeDisplayNames } of Object.values(main)) {
      for (const table of Object.values(localeDisplayNames)) {
        for (const phrase of Object.values(table)) {
          phrases.add(phrase);
        }
      }
    }
  }
  return [...phrases];
}

/** What a language calls itself, by its own table of languages; undefined where it has no word for itself. */
export function nameOfItself(code: string, languages: LocaleNames | undefined): string | undefined {
  const table = languages?.main[code]?.localeDisplayNames.languages;
  return table?.[code] ?? table?.[code.split("-")[0]];
}
