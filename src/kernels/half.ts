// Numbers as float16, floor 2: matrices that are multiplied forward may be stored so, two to a word, which halves what
// steps stream. Sums are of float32 all the same.

/** The text of `name(i)`: the i-th number of a packed copy of the weights, as float16 or not. */
export function printReader(name: string, array: string, half: boolean): string {
  const word = `unpack2x16float(${array}[i / 2u])`;
  const value = half ? `select(${word}.x, ${word}.y, (i & 1u) == 1u)` : `${array}[i]`;
  return `fn ${name}(i: u32) -> f32 { return ${value}; }`;
}

/** The bits of the float16 that is nearest to a number, of two equally near the even one. */
export function halfOf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // of a smaller number the exponent is that of the smallest normal one
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-30)));
  const unit = 2 ** (exponent - 10);
  const units = size / unit;
  const floor = Math.floor(units);
  const rest = units - floor;
  const rounded = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
  // 1,024 units are the leading one, which is not stored: it counts the exponent up from where it is 0
  return sign | ((exponent + 14) * 1_024 + rounded);
}
