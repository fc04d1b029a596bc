// Panels, floor 4, in AssemblyScript: B of a product as [ceil(N / 8)][K][8], the last one filled up with
// zeros.

/** Columns of a panel, in bytes. */
export const PANEL: usize = 32;

/** Lays B [K, N], which goes by strides, out in panels at d. */
export function pack(d: usize, b: usize, b_k: usize, b_n: usize, K: usize, N: usize): void {
  d <<= 2;
  b <<= 2;
  b_k <<= 2;
  b_n <<= 2;
  for (let n: usize = 0; n < N; n += 8) {
    const columns = min(8, N - n);
    let from = b + n * b_n;
    for (let k: usize = 0; k < K; k += 1) {
      if (columns == 8 && b_n == 4) {
        v128.store(d, v128.load(from));
        v128.store(d, v128.load(from, 16), 16);
      } else {
        memory.fill(d, 0, PANEL);
        for (let j: usize = 0; j < columns; j += 1) {
          store<f32>(d + (j << 2), load<f32>(from + j * b_n));
        }
      }
      from += b_k;
      d += PANEL;
    }
  }
}
