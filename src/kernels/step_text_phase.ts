// Prints one phase of a cell for unit j of sequence b, floor 2: its loads, arithmetic and stores, and what it does with
// a sequence that has no such step. Whether numbers lie in memory or in registers is the caller's to say.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import { literal, Names, printArithmetic } from "../cells/print.js";
import type { Phase } from "../cells/program.js";
import { dropoutParams } from "./dropout.js";
import { codes } from "./live.js";
import { isHandedOn, maskedOf, type Part } from "./step_part.js";
import { array, base } from "./step_text_places.js";

/** How a text reads the number of a place, and how it stores one. */
export interface Access {
  readonly read: (place: Place) => string;
  readonly store: (place: Place, value: string, add: boolean) => string;
}

/** Where it lies in memory, for unit j of sequence b. */
export const inMemory = (place: Place): string => `${array(place)}[${base(place, "b")} + j]`;

/** Every place where it lies in memory. */
export const memory: Access = {
  read: inMemory,
  store: (place, value, add) => `${inMemory(place)} ${add ? "+=" : "="} ${value};`,
};

/** Loads, arithmetic, stores. All loads come first: a store may go where a load came from. */
export function printPhase(
  { exchanges, loads, arithmetic, stores }: Phase,
  cell: CellGraph,
  access: Access,
): string[] {
  const names = new Names();
  exchanges.forEach(({ value }, e) => {
    names.set(value, `e${e}`);
  });
  const loaded = loads.map(({ value, from }) => {
    const read = printDrawn(from, cell) ?? access.read(from);
    return `let ${names.fresh(value)} = ${read};`;
  });
  const computed = printArithmetic(arithmetic, names);
  const stored = stores.map(({ value, to, add = false }) => {
    const store = access.store(to, names.of(value), add);
    return cell.isNarrow(value) ? `if j < params.P { ${store} }` : store;
  });
  return [...loaded, ...computed, ...stored].map((line) => `  ${line}`);
}

/** What lies nowhere. */
function printDrawn({ in: space, index }: Place, { masks }: CellGraph): string | undefined {
  if (space === "units") return "1.0 / f32(params.H)";
  if (space === "bound") return "gradient_bound()";
  if (space === "cut") return "gradient_kept(t, b, d)";
  if (space !== "mask") return undefined;
  const { p, scale, each } = masks[index];
  const key = `mask_key(${index}u, ${each === "step" ? "t" : "NONE"}, b, d)`;
  return `select(${literal(scale)}, 0.0, mix2(${key}, j) < ${dropoutParams(p).threshold}u)`;
}

/** What a phase does with a sequence that has no such step: nothing, or, where it is masked, what it must. */
export function printMasked(part: Part, of: "tail" | "head", access: Access): string[] {
  const { cell, live } = part;
  if (!live) return [];
  const { carries, bounds, adds } = maskedOf(part, of);
  const lines = ["let does = code(t, b);", `if does != ${codes.live}u {`];
  if (carries) {
    cell.states.forEach((_, index) => {
      const copies = access.store({ in: "after", index }, access.read({ in: "before", index }), false);
      const conditions = [
        isHandedOn(part, index) ? "" : `does != ${codes.absent}u`,
        index === 0 && cell.projected ? "j < params.P" : "",
      ].filter(Boolean);
      lines.push(conditions.length > 0 ? `  if ${conditions.join(" && ")} { ${copies} }` : `  ${copies}`);
    });
  }
  if (bounds) {
    lines.push(`  if does != ${codes.absent}u {`);
    cell.states.forEach((_, index) => {
      const place: Place = { in: "carry", index };
      const clamped = `clamp(${access.read(place)}, -gradient_bound(), gradient_bound())`;
      lines.push(`    ${access.store(place, `gradient_kept(t, b, d) * ${clamped}`, false)}`);
    });
    lines.push("  }");
  }
  if (adds) {
    const sum = access.store({ in: "carry", index: 0 }, access.read({ in: "dy", index: 0 }), true);
    lines.push(`  if does == ${codes.repeated}u && j < params.P { ${sum} }`);
  }
  return [...lines, "  return;", "}"].map((line) => `  ${line}`);
}
