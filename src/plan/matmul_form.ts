// Which form of the product there is to be, floor 3: pure functions of where its operands lie, of its sizes and of
// what the device costs.

import type { MatmulParams } from "../kernels/matmul.js";
import type { Form, Reading, Tile } from "../kernels/matmul_form.js";

/** Whether all lie on a vec4f. */
const by4 = (...places: readonly number[]): boolean => places.every((place) => place % 4 === 0);

/** The form of a product with a tile. live: of which there is a table. */
export function formOf(
  p: MatmulParams,
  tile: Tile,
  live: Form["live"],
  activation: Form["activation"],
): Form {
  const { M, N, K, r, s, Z } = p;
  const levels = K > s && (p.a_k1 !== s * p.a_k || p.b_k1 !== s * p.b_k);
  const ofRows = M > r;
  const if_ = (is: boolean, stride: number): number => (is ? stride : 0); // what is never taken may be anything
  const isAlongK = live !== "depth" && by4(K, if_(levels, s));
  const a = [p.a_0, if_(Z > 1, p.a_z), if_(levels, p.a_k1)];
  const aRows = [p.a_m, if_(ofRows, p.a_m1)];
  const b = [p.b_0, if_(Z > 1, p.b_z), if_(levels, p.b_k1)];
  let A: Reading = p.a_k <= p.a_m ? "k" : "other";
  if (isAlongK && p.a_k === 1 && by4(...a, ...aRows)) A = "vec4 k";
  else if (
    live !== "rows" &&
    p.a_m === 1 &&
    by4(M, p.a_k, ...a, if_(ofRows, r), if_(ofRows, p.a_m1), tile.block[0])
  )
    A = "vec4 other";
  let B: Reading = p.b_k <= p.b_n ? "k" : "other";
  if (isAlongK && p.b_k === 1 && by4(...b, p.b_n)) B = "vec4 k";
  else if (p.b_n === 1 && N > 0 && by4(N, p.b_k, ...b)) B = "vec4 other";
  return {
    tile,
    a: A,
    b: B,
    c: p.ones === 0 && N > 0 && by4(N, p.c_0, if_(Z > 1, p.c_z), p.c_m, if_(ofRows, p.c_m1)),
    tail: live === "depth" || K % (tile.depth || 4) !== 0,
    levels,
    ones: p.ones === 1,
    live,
    activation,
  };
}
