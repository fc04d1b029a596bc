// What the module exports, floor 4: src/kernels/ops.ts, where addresses are element offsets into its memory.

export * from "./product.as";
export * from "./vectors.as";
