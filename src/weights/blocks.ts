// The order of a weight's rows, floor 1: in memory the gates lie as the kernels want them, in files as
// PyTorch does. Blocks of rows are moved when weights are loaded and saved, and at no other time.

type Numbers = Float32Array | Float64Array;

/** Rows in PyTorch's order -> rows in memory: block i of the result is block blocks[i] of the data. */
export function toMemory<A extends Numbers>(data: A, blocks: readonly number[] | undefined): A {
  return blocks ? move(data, blocks, (i, block) => [i, block]) : data;
}

/** Rows in memory -> rows in PyTorch's order. */
export function fromMemory<A extends Numbers>(data: A, blocks: readonly number[] | undefined): A {
  return blocks ? move(data, blocks, (i, block) => [block, i]) : data;
}

function move<A extends Numbers>(
  data: A,
  blocks: readonly number[],
  ends: (i: number, block: number) => readonly [to: number, from: number],
): A {
  const length = data.length / blocks.length;
  const moved = data.slice() as A; // a slice of a typed array is of its type
  blocks.forEach((block, i) => {
    const [to, from] = ends(i, block);
    moved.set(data.subarray(from * length, (from + 1) * length), to * length);
  });
  return moved;
}
