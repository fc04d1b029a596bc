// SIMD with fused multiply-add, which Chromium has and node 20 has not, against plain loops.

import { checkSimd } from "../simd_check.js";

checkSimd(true);
