// Ops in WebAssembly, floor 4: four elements at a time, over one WebAssembly.Memory. There are two modules of
// the same source (src/backends/cpu/wasm): the faster one has fused multiply-add, which not every engine
// knows. Both are part of the library's text and are compiled and instantiated at once: nothing is fetched.

import type { Ops } from "../../kernels/ops.js";
import type { Ground } from "./memory.js";
import fused from "./wasm/index.as.ts?relaxed-simd";
import simd from "./wasm/index.as.ts?simd";

/** What a module exports: operations, and where the memory that it needs itself ends, in bytes. */
type Exports = Pick<Ops, Exclude<keyof Ops, "floats" | "integers" | "words">> & {
  readonly end: WebAssembly.Global<"i32">;
};

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly fused: boolean;
}

/** Compiled once, by whoever needs it first; or why it cannot be. */
const compiled = new Map<boolean, Compiled | Error>();

/**
 * SIMD where the engine has it and the page allows it, else why not. mayFuse: false for the slower module.
 */
export function simdModule(mayFuse = true): Compiled | Error {
  const known = compiled.get(mayFuse) ?? compile(mayFuse);
  compiled.set(mayFuse, known);
  return known;
}

function compile(mayFuse: boolean): Compiled | Error {
  try {
    for (const [isFused, give] of [
      [true, fused],
      [false, simd],
    ] as const) {
      if (isFused && !mayFuse) continue;
      const bytes = give();
      if (WebAssembly.validate(bytes)) {
        return { module: new WebAssembly.Module(bytes), fused: isFused };
      }
    }
  } catch (error) {
    return error as Error; // a page's security policy refuses with a CompileError
  }
  return new Error("the engine has no SIMD in WebAssembly");
}

const PAGE = 65536;
/**
 * Multiplications that one call may do. Engines compile a function again, and better, between its calls only:
 * one long first call would be slow to its end.
 */
const ONE_CALL = 1 << 22;
/** A call's rows are so many times some number: whether a block has 4 rows or 6, none is left over. */
const HEIGHT = 12;

/** An arena of SIMD lies in a WebAssembly.Memory, which grows where it lies. */
export function simdGround({ module }: Compiled): Ground {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = exports as unknown as Exports; // as src/backends/cpu/wasm has them
  return {
    reserved: functions.end.value / 4,
    grow(bytes) {
      const more = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
      if (more > 0) memory.grow(more);
      return simdOps(functions, memory.buffer);
    },
  };
}

function simdOps(functions: Exports, buffer: ArrayBuffer): Ops {
  const { product } = functions;
  return {
    ...functions,
    floats: new Float32Array(buffer),
    integers: new Uint32Array(buffer),
    words: 1,
    product(M, N, K, a, a_m, a_k, panels, c, c_m, s, s_m) {
      if (M * N * K <= ONE_CALL) {
        // nothing to divide: an engine may have to allocate a fraction
        product(M, N, K, a, a_m, a_k, panels, c, c_m, s, s_m);
        return;
      }
      const rows = Math.max(1, Math.floor(ONE_CALL / (N * K * HEIGHT))) * HEIGHT;
      for (let m = 0; m < M; m += rows) {
        const count = Math.min(rows, M - m);
        const start = s < 0 ? s : s + m * s_m; // below 0 it is no address
        product(count, N, K, a + m * a_m, a_m, a_k, panels, c + m * c_m, c_m, start, s_m);
      }
    },
  };
}
