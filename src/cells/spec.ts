// How a cell is described, floor 1: the types of defineCell.

import type { Expr } from "./expr.js";

/**
 * sum: W x + R h + b. split: its two halves apart. fed: W x, and R's rows times what the cell says. input: W
 * x + b alone.
 */
export type Gate = "sum" | "split" | "fed" | "input";

/** What a step gets of its gates. */
export type Pre<G> = {
  readonly [K in keyof G]: G[K] extends "split"
    ? { readonly x: Expr; readonly h: Expr }
    : G[K] extends "fed"
      ? { readonly x: Expr; h(fed: Expr): Expr }
      : Expr;
};

/**
 * What the units of a layer exchange within a step: sums over them, products with further [H, H] matrices.
 */
export interface Across<M extends string = string> {
  /** The sum over the layer's units, the same for all of them. */
  sum(x: Expr): Expr;
  mean(x: Expr): Expr;
  /** matrix · x, a product over the units. */
  product(matrix: M, x: Expr): Expr;
}

export interface CellSpec<
  G extends { readonly [gate: string]: Gate },
  S extends string,
  P extends string,
  M extends string,
> {
  readonly name: string;
  /** In the order of the weights' rows. */
  readonly gates: G;
  /** The first is the output, and what R is multiplied with. */
  readonly state: readonly S[];
  /** One number a unit, learned. */
  readonly parameters?: readonly P[];
  /** Further square matrices, learned. */
  readonly matrices?: readonly M[];
  /**
   * The output has a size of its own, P: `matrix`, one of the further ones, is [P, H], and its product is what
   * step gives for the first state. R's columns are then P.
   */
  readonly projected?: { readonly matrix: M };
  /** What a parameter is at first, for all units; uniform in ±1/√H where it is not named. */
  readonly initial?: { readonly [K in P]?: number };
  step(
    gates: Pre<G>,
    state: { readonly [K in S]: Expr },
    parameters: { readonly [K in P]: Expr },
    across: Across<M>,
  ): { readonly [K in S]: Expr };
}

/** A description whose names are not known. */
export type AnySpec<S extends string = string> = CellSpec<
  { readonly [gate: string]: Gate },
  S,
  string,
  string
>;
