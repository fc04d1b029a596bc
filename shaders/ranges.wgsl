// The range of weights that the i-th trained one is in, found by halving. A row of `ranges` is [end, shift,
// layer, group], with ends in increasing order; one of `rates` [learning rate, weight decay].

fn range_of(i: u32) -> Range {
  var low = 0u;
  var high = params.ranges - 1u;
  while low < high {
    let middle = (low + high) / 2u;
    if i < ranges[4u * middle] {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  let group = 2u * ranges[4u * low + 3u];
  return Range(ranges[4u * low + 1u], ranges[4u * low + 2u], rates[group], rates[group + 1u]);
}
