// SIMD in WebAssembly, as node has it, against plain loops. test/gpu/simd.test.ts has the fused one.

import { checkSimd } from "../simd_check.js";

checkSimd(false);
