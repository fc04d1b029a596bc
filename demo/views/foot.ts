// The foot of the page: where to read on.

import { html, type TemplateResult } from "lit-html";
import licence from "../../LICENSE?url&no-inline";
import readme from "../../README.md?url&no-inline";
import type { View } from "./view.js";

export function foot({ words }: View): TemplateResult {
  return html`<footer>
    <a href=${readme}>${words.readme}</a> <a href=${licence}>${words.licence}</a>
  </footer>`;
}
