// The race of training steps, in the page and in node alike: SIMD against plain loops in the same process,
// and in the page beside onnxruntime's forward pass of C.

import { compare, type Lane, race } from "./race.js";
import type { Row } from "./table.js";
import { plain, trainingLane, type WebrnnLane } from "./webrnn_lanes.js";
import { E } from "./workloads.js";

/** Plain loops take long: they run in every so manieth round. */
const seldom = 8;

/** fast: lanes of webrnn. C: onnxruntime's. */
export async function trainingRows(
  where: string,
  fast: readonly WebrnnLane[],
  C: Lane | undefined,
  seconds: number,
): Promise<Row[]> {
  const slow = await trainingLane(plain, seldom);
  compare(E.name, [...fast, slow]);
  const timings = await race([...fast, slow, ...(C ? [C] : [])], seconds);
  const workload = `${E.name} (${where})`;
  const ofPlain = timings[fast.length];
  const ofC = C && { ...timings[fast.length + 1], name: `${C.name}, C: LSTM` };
  const { flops } = slow;
  return [
    ...fast.flatMap((_, n): Row[] => {
      const timing = timings[n];
      const rows: Row[] = [{ workload, timing, flops, beside: ofPlain, limit: E.wanted.ofPlain }];
      if (ofC) rows.unshift({ workload, timing, flops, beside: ofC, limit: E.wanted.ofC });
      return rows;
    }),
    { workload, timing: ofPlain, flops },
  ];
}
