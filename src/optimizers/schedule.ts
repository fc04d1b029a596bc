// Schedules of the learning rate, floor 4: functions of the number of updates before this one.

/**
 * Half a cosine from `from` down to `to` (0 unless given) over `updates` updates, after a linear rise over
 * the first `warmUp`; then it stays at `to`. Loshchilov and Hutter (2017).
 */
export function cosine(o: {
  from: number;
  to?: number;
  updates: number;
  warmUp?: number;
}): (update: number) => number {
  const { from, to = 0, updates, warmUp = 0 } = o;
  return (update) => {
    if (update < warmUp) return (from * (update + 1)) / warmUp;
    const done = Math.min(1, (update - warmUp) / Math.max(1, updates - warmUp));
    return to + ((from - to) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}
