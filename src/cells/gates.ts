// What the options of several cells share, floor 1: a function for each gate, bounds of numbers, and gates
// whose two sums are normalized apart.

import { unknown, wrong } from "../errors.js";
import { type Activation, pointwise } from "./activations.js";
import type { Expr } from "./expr.js";
import { clamp } from "./functions.js";
import { normalized, normParameters } from "./layer_norm.js";
import type { Across, Gate, Pre } from "./spec.js";

type Function1 = (x: Expr) => Expr;
type Named<V> = Readonly<Record<string, V>>;

/** The function of each name, and notes of those that are not the usual ones. */
export function functionsOf<K extends string>(
  where: string,
  usual: Readonly<Record<K, Activation>>,
  given: { readonly [k in K]?: Activation } = {},
): { readonly f: Readonly<Record<K, Function1>>; readonly notes: readonly string[] } {
  const names = Object.keys(usual) as K[]; // it has no others
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(usual, name));
  if (stranger !== undefined) throw unknown(`${where}: activations`, "gate", stranger, names);
  const notes: string[] = [];
  const f = names.map((name) => {
    const found = pointwise(`${where}: activations.${name}`, given[name] ?? usual[name]);
    if (found.name !== usual[name]) notes.push(`${name} ${found.name}`);
    return [name, found.f] as const;
  });
  return { f: Object.fromEntries(f) as Record<K, Function1>, notes };
}

/** Holds a number within ±limit, which is named `name`; nothing where it is left out. */
export function within(
  where: string,
  name: string,
  limit: number | undefined,
): { readonly hold: Function1; readonly note: string | undefined } {
  if (limit === undefined) return { hold: (x) => x, note: undefined };
  if (!(limit > 0 && Number.isFinite(limit))) {
    throw wrong(`${where}: ${name}`, limit, "a positive number");
  }
  return { hold: (x) => clamp(x, -limit, limit), note: `${name} ${limit}` };
}

/** Gates by their kinds, with layerNorm each of the sums of W and of R one normalized vector. */
export function gatesOf<const G extends Named<"sum" | "split" | "fed">>(
  kinds: G,
  layerNorm: boolean | undefined,
): {
  readonly gates: Named<Gate>;
  /** What the parameters of the normalization begin at. */
  readonly initial: Named<number>;
  /** The gates as a step reads them, of those that it is given. */
  readonly read: (given: Named<unknown>, parameters: Named<Expr>, across: Across) => Pre<G>;
} {
  // a cell's gates are of the kinds that it declares
  if (!layerNorm) return { gates: kinds, initial: {}, read: (given) => given as Pre<G> };
  const names = Object.keys(kinds);
  const halves = ["ih", "hh"].map((half) => names.map((name) => `${half}_${name}`));
  return {
    gates: Object.fromEntries(names.map((name) => [name, "split"])),
    initial: normParameters(halves.flat()),
    read(given, parameters, across) {
      const split = given as Named<{ readonly x: Expr; readonly h: Expr }>;
      const [xs, hs] = (["x", "h"] as const).map((half, k) =>
        normalized(
          halves[k],
          names.map((name) => split[name][half]),
          parameters,
          across,
        ),
      );
      const read = names.map((name, k) => [
        name,
        kinds[name] === "sum" ? xs[k].add(hs[k]) : { x: xs[k], h: hs[k] },
      ]);
      return Object.fromEntries(read) as Pre<G>;
    },
  };
}
