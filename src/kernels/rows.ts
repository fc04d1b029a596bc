// Where rows lie, floor 2. Rows are (t, b) or (b, t) pairs, whichever the caller counts fastest.

/** Row m by two levels of stride, of which the inner one counts r rows. */
export function rowAt(m: number, r: number, m1: number, m0: number): number {
  return Math.floor(m / r) * m1 + (m % r) * m0;
}
