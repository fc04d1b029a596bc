// float16 as tests know it: by the meaning of its bits.

/** The number that a float16's bits are; of those that are finite. */
export function numberOf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1_023;
  const size = exponent === 0 ? mantissa / 2 ** 24 : (1 + mantissa / 1_024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

/** Every finite one that is not negative, in order: bits count up with the number. */
export const halves: readonly number[] = Array.from({ length: 0x7c00 }, (_, bits) => numberOf(bits));
