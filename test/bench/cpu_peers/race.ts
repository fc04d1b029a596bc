// Lanes take turns, the order rotating, and the fastest run of each counts: what others do on the machine
// slows all of them alike, and only ever slows.

export interface Lane {
  readonly name: string;
  /** From host arrays to a host array. */
  run(): void | Promise<void>;
  /** What the last run, or an earlier one that is to be compared, gave. */
  output(): Float32Array;
  /** Runs in every so manieth round only: for slow lanes. */
  readonly every?: number;
}

export interface Timing {
  readonly name: string;
  readonly milliseconds: number;
}

const tolerance = 1e-4;
const warmUp = 5;
const fewest = 10;

/** The fastest run of each lane. seconds: how long the race takes, roughly. */
export async function race(lanes: readonly Lane[], seconds: number): Promise<Timing[]> {
  for (const lane of lanes) {
    for (let n = 0; n < warmUp; n += lane.every ?? 1) await lane.run();
  }
  const best = lanes.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < fewest || performance.now() < end; round += 1) {
    for (let turn = 0; turn < lanes.length; turn += 1) {
      const which = (round + turn) % lanes.length;
      const lane = lanes[which];
      if (round % (lane.every ?? 1) !== 0) continue;
      const begun = performance.now();
      await lane.run();
      best[which] = Math.min(best[which], performance.now() - begun);
    }
  }
  return lanes.map(({ name }, n) => ({ name, milliseconds: best[n] }));
}

/** Throws where lanes did not compute the same: nobody times nonsense. */
export function compare(title: string, lanes: readonly Lane[]): void {
  for (const lane of lanes) compareTwo(title, lane, lanes[0]);
}

function compareTwo(title: string, lane: Lane, first: Lane): void {
  const [got, want] = [lane.output(), first.output()];
  const largest = got.reduce((most, value, n) => Math.max(most, Math.abs(value - want[n])), 0);
  const isSame = got.length === want.length && largest <= tolerance; // false for NaN
  if (!isSame) {
    throw new Error(
      `${title}: ${lane.name} gives ${got.length} numbers, ${first.name} ${want.length}; they differ by ` +
        `${largest}, which must be at most ${tolerance}; one of the two computes something else.`,
    );
  }
}
