// Copies or adds rows from one layout into another, floor 2: initial and final states, concatenated features,
// outputs in their public order.

import { leaf } from "../cells/expr.js";
import { pointwiseKernel } from "./pointwise.js";

/** out[m, n] = x0[m, n], or += with `accumulate`. */
export const copy = /* @__PURE__ */ pointwiseKernel(/* @__PURE__ */ leaf({ in: "x", index: 0 }), 1, "copy");
