// The names of things in one language, loaded when they are asked for.

import phrases from "virtual:phrases";
import { Refusal } from "./refusal.js";

/** Throws Refusal where there are none in this language, or where they do not come. */
export async function loadPhrases(language: string): Promise<readonly string[]> {
  const load = phrases[language];
  if (load === undefined) {
    throw new Refusal("text", "textNotLoaded", `There are no names in the language ${language}.`);
  }
  return (await loading(load())).default;
}

/** A module with a text. Throws Refusal where it does not come. */
export async function loading<T>(module: Promise<T>): Promise<T> {
  try {
    return await module;
  } catch (error) {
    throw new Refusal("text", "textNotLoaded", error instanceof Error ? error.message : String(error));
  }
}
