// Whatever the tile and however operands are read, a sum goes on in one accumulator in increasing k: a product has the
// same bits by all of them, and over some of its rows those that it has over all. Deep tiles and parts are apart.

import { afterAll, expect, test } from "vitest";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { type MatmulParams, matmul } from "../../src/kernels/matmul.js";
import { formOf } from "../../src/plan/matmul_form.js";
import { tiles } from "../../src/plan/matmul_tile.js";
import { kernelCase, normals, onMachine } from "../kernel_cases/case.js";

const gpu = await openGpu();
afterAll(() => gpu.dispose());

const [M, N, K] = [40, 36, 92];
const A = normals(M * K + 1, 1);
const B = normals(N * K + 1, 2);
const bias = normals(N, 3);

async function bitsOf(tile: (typeof tiles)[number], rows: number, off: 0 | 1): Promise<Uint32Array> {
  const p: MatmulParams = {
    ...{
      M: rows,
      N,
      K,
      Z: 1,
      r: rows,
      s: K,
      parts: 1,
      bias: 1,
      accumulate: 0,
      ones: 0,
      ones_0: 0,
      ones_z: 0,
    },
    ...{ a_0: off, a_z: 0, a_m1: 0, a_m: K, a_k1: 0, a_k: 1, b_0: off, b_z: 0, b_k1: 0, b_k: 1, b_n: K },
    ...{ c_0: 0, c_z: 0, c_m1: 0, c_m: N, bias_0: 0, bias_z: 0 },
  };
  // the same numbers, one further on where they cannot be read by fours
  const shifted = (x: Float32Array): Float32Array =>
    off === 1 ? Float32Array.from({ length: x.length }, (_, i) => x[i - 1] ?? 0) : x;
  const kernel = matmul(formOf(p, tile, undefined, undefined));
  const given = { A: shifted(A), B: shifted(B), bias, C: new Float32Array(rows * N) };
  const { C } = await onMachine(
    gpu,
    kernelCase(kernel, "", given, p, () => {}),
    1,
  );
  return new Uint32Array(Float32Array.from(C as Float32Array).buffer);
}

test("one order of summation, by every tile", async () => {
  const want = await bitsOf(tiles[0], M, 0);
  for (const [n, tile] of tiles.entries()) {
    const others = n % 6 === 0 ? [[M, 1] as const, [7, 0] as const] : [];
    for (const [rows, off] of [[M, 0] as const, ...others]) {
      const got = await bitsOf(tile, rows, off);
      expect(got, `${tile.threads} ${tile.block} ${tile.depth}, ${rows} rows, off ${off}`).toEqual(
        want.subarray(0, rows * N),
      );
    }
  }
});
