// Languages under the names that they have for themselves.

import languages from "virtual:languages";

/** Without the code that tells variants of a language apart: there is one of each here. */
const names = new Map(languages.map(({ code, name }) => [code, name.replace(/ \(.*\)$/, "")]));

export const languageName = (code: string): string => names.get(code) ?? code;
