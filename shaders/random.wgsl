// Random numbers without a state: a word is a hash of what it is for (seed, run, layer, time, unit, …), so
// that the same mask comes out whatever the tile, the order of threads, or the backend. Linked, no entry
// point. src/random.ts is the same arithmetic, bit for bit.

// A permutation of the 32-bit words in which every bit of the input moves every bit of the result:
// "lowbias32" of Chris Wellons' hash prospector (public domain).
fn scramble(word: u32) -> u32 {
  var x = word;
  x = (x ^ (x >> 16u)) * 0x7feb352du;
  x = (x ^ (x >> 15u)) * 0x846ca68bu;
  return x ^ (x >> 16u);
}

// Of two words one. Chained for more: mix2(mix2(a, b), c) is mix(a, b, c) of src/random.ts.
fn mix2(a: u32, b: u32) -> u32 {
  return scramble(scramble(a + 0x9e3779b9u) ^ b);
}
