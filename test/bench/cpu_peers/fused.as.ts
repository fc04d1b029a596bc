// An LSTM cell as one function, in AssemblyScript: what the evaluation operation by operation is measured
// against. Its arithmetic is that of src/backends/cpu/wasm/lanes.as.ts.

import { fma, sigmoid, tanh } from "../../../src/backends/cpu/wasm/lanes.as";

/** Four units: c' = f c + i g, h' = o tanh(c'). x and r: the halves of the pre-activations, [B, 4 H] (i f g o). */
export function lstm(x: usize, r: usize, c: usize, newC: usize, newH: usize, B: i32, H: usize): void {
  const row = H << 2;
  for (; B > 0; B -= 1) {
    for (const end = x + row; x < end; x += 16) {
      const i = sigmoid(f32x4.add(v128.load(x), v128.load(r)));
      const f = sigmoid(f32x4.add(v128.load(x + row), v128.load(r + row)));
      const g = tanh(f32x4.add(v128.load(x + 2 * row), v128.load(r + 2 * row)));
      const o = sigmoid(f32x4.add(v128.load(x + 3 * row), v128.load(r + 3 * row)));
      const next = fma(i, g, f32x4.mul(f, v128.load(c)));
      v128.store(newC, next);
      v128.store(newH, f32x4.mul(o, tanh(next)));
      r += 16;
      c += 16;
      newC += 16;
      newH += 16;
    }
    x += 3 * row;
    r += 3 * row;
  }
}
