// Where rows lie, floor 2. Rows are (t, b) or (b, t) pairs, whichever the caller counts fastest.

/** Fields of a kernel that makes M rows of N numbers from as many: where row m of either lies. */
export const rowFields = {
  M: "u32",
  N: "u32",
  r: "u32", // at floor(m / r) * x_m1 + (m % r) * x_m from x_0 on
  in_0: "u32",
  in_m1: "u32",
  in_m: "u32",
  out_0: "u32",
  out_m1: "u32",
  out_m: "u32",
} as const;

/** Row m by two levels of stride, of which the inner one counts r rows. */
export function rowAt(m: number, r: number, m1: number, m0: number): number {
  const inner = m % r;
  return ((m - inner) / r) * m1 + inner * m0; // no fraction, which an engine may have to allocate
}

/** Elements of a vector at a time: what is computed from them stays in the cache. */
const elementsAtOnce = 8192;

/** How many rows of n elements are computed at a time. */
export function rowsAtOnce(n: number): number {
  return Math.max(1, (elementsAtOnce - (elementsAtOnce % n)) / n);
}
