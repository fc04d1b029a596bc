// Copy as code: the program that does what the page does, written out for these settings.

import type { Settings } from "../settings.js";
import { languagesProgram } from "./languages.js";
import { writingProgram } from "./writing.js";

/** A module that runs wherever `webrnn` is installed: in a page, in a worker. */
export const programOf = (settings: Settings): string =>
  settings.exercise === "writing" ? writingProgram(settings) : languagesProgram(settings);
