// Names of things, each with the language it is in: what the page's second exercise and its bench read. Pure
// functions of the phrases that phrases.ts finds.

/**
 * Languages written in Latin letters, as CLDR codes them (no is Norwegian, Bokmål): no script gives one away.
 */
export const latin = [
  "en",
  "de",
  "fr",
  "es",
  "it",
  "pt",
  "nl",
  "sv",
  "da",
  "no",
  "fi",
  "pl",
  "cs",
  "hu",
  "ro",
  "tr",
  "id",
  "vi",
  "sw",
  "et",
] as const;

/** A name, and the language it is in: an index into the languages asked for. */
export interface Name {
  readonly text: string;
  readonly label: number;
}

/**
 * The names of several languages in lower case, language after language. What two of them share is in none:
 * nobody could tell.
 */
export function namesOf(phrases: readonly (readonly string[])[]): Name[] {
  const texts = phrases.map((all) => new Set(all.map((phrase) => phrase.toLowerCase())));
  const times = new Map<string, number>();
  for (const text of texts.flatMap((own) => [...own])) {
    times.set(text, (times.get(text) ?? 0) + 1);
  }
  return texts.flatMap((own, label) =>
    [...own].filter((text) => times.get(text) === 1).map((text) => ({ text, label })),
  );
}
