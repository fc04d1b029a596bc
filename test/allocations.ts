// What a function allocates in node, by where it does: V8's sampling profiler, told to sample everything.

import { Session } from "node:inspector";

interface Node {
  readonly callFrame: { readonly functionName: string };
  readonly selfSize: number;
  readonly children: readonly Node[];
}

/** Bytes that so many calls of run allocate, by what they call (what is inlined is its caller's). */
export function allocations(run: () => void, calls: number): Record<string, number> {
  const session = new Session();
  session.connect();
  session.post("HeapProfiler.startSampling", {
    samplingInterval: 1,
    // of the protocol, though not of its types in this version of node
    ...{ includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true },
  });
  repeat(run, calls);
  let head: Node | undefined;
  session.post("HeapProfiler.stopSampling", (error, result) => {
    if (error) throw error;
    head = result.profile.head;
  });
  session.disconnect();
  if (!head) throw new Error("allocations: the profiler gave no profile; it must answer at once.");
  return Object.fromEntries(below(head, undefined));
}

/** The fewest of some rounds: an engine that compiles meanwhile allocates for itself. */
export function fewestAllocations(run: () => void, calls: number): Record<string, number> {
  const sum = (of: Record<string, number>): number => Object.values(of).reduce((a, b) => a + b, 0);
  let fewest = allocations(run, calls);
  for (let round = 1; round < 40 && sum(fewest) > 0; round += 1) {
    const found = allocations(run, calls);
    if (sum(found) < sum(fewest)) fewest = found;
  }
  return fewest;
}

function repeat(run: () => void, calls: number): void {
  for (let n = 0; n < calls; n += 1) run();
}

/** What `repeat` and all below it have allocated. */
function below({ callFrame, selfSize, children }: Node, above: string | undefined): [string, number][] {
  const name = callFrame.functionName;
  const start = name === repeat.name ? name : undefined;
  const path = above === undefined ? start : `${above}/${name}`;
  const own: [string, number][] = path && selfSize > 0 ? [[path, selfSize]] : [];
  return [...own, ...children.flatMap((child) => below(child, path))];
}
