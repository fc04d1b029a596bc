// Which form of the product there is to be, floor 3: pure functions of where its operands lie, of its sizes and of
// what the device costs.

import type { MatmulParams } from "../kernels/matmul.js";
import type { Form, Reading, Tile } from "../kernels/matmul_form.js";

/** Whether all lie on a vec4f. */
const by4 = (...places: readonly number[]): boolean => places.every((place) => place % 4 === 0);

/**
 * The form of a product with a tile. Where threads read for themselves they go one k at a time: by fours they would
 * read the same, with four times the text. live: of which there is a table.
 * half: whether B is of float16.
 */
export function formOf(
  p: MatmulParams,
  tile: Tile,
  live: Form["live"],
  activation: Form["activation"],
  half = false,
): Form {
  const { M, N, K, r, s } = p;
  const isTwo = K > s && (p.a_k1 !== s * p.a_k || p.b_k1 !== s * p.b_k);
  const two = (x: "a" | "c"): boolean => M > r && p[`${x}_m1`] !== r * p[`${x}_m`];
  const levels = `${isTwo ? "k" : ""}${two("a") ? "a" : ""}${two("c") ? "c" : ""}` as const;
  // what is never taken may be anything
  const ifZ = (stride: number): number => (p.Z > 1 ? stride : 0);
  const ifLevels = (stride: number): number => (isTwo ? stride : 0);
  const ifRows = (stride: number): number => (M > r ? stride : 0);
  const byFours = tile.depth > 0 || tile.deep !== undefined;
  const alongK = byFours && live !== "depth" && by4(K, ifLevels(s));
  const a = by4(p.a_0, ifZ(p.a_z), ifLevels(p.a_k1), ifRows(p.a_m1));
  const b = by4(p.b_0, ifZ(p.b_z), ifLevels(p.b_k1));
  const acrossRows = live !== "rows" && by4(M, ifRows(r), tile.block[0]);
  const reading = (k: boolean, other: boolean, isCloserAlongK: boolean): Reading => {
    if (k) return "vec4 k";
    if (other) return "vec4 other";
    return isCloserAlongK || !byFours ? "k" : "other";
  };
  return {
    tile,
    a: reading(
      a && alongK && p.a_k === 1 && by4(p.a_m),
      a && acrossRows && p.a_m === 1 && by4(p.a_k),
      p.a_k <= p.a_m,
    ),
    b: reading(
      b && alongK && p.b_k === 1 && by4(p.b_n),
      b && N > 0 && by4(N) && p.b_n === 1 && by4(p.b_k),
      p.b_k <= p.b_n,
    ),
    c: p.ones === 0 && N > 0 && by4(N, p.c_0, ifZ(p.c_z), p.c_m, ifRows(p.c_m1)),
    tail: byFours && (live === "depth" || K % (tile.depth || 4) !== 0),
    levels,
    bias: p.bias === 1,
    accumulate: p.accumulate === 1,
    ones: p.ones === 1,
    live,
    half,
    activation,
  };
}
