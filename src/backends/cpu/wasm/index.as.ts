// What the module exports, floor 4: src/kernels/ops.ts, where addresses are element offsets into its memory.

export * from "./pack.as";
export * from "./product.as";
export * from "./reductions.as";
export * from "./vectors.as";

/** Where the module's own memory, scratch of the product, ends. */
export const end: usize = __heap_base;
