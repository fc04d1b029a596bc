// How much of the machine others use: what is timed beside their work says little. Linux only; elsewhere nobody is
// seen.

import { readdirSync, readFileSync } from "node:fs";

/** Cores' worth of others' work above which a timing counts as disturbed. */
export const disturbing = 0.12;

/** The kernel counts in hundredths of a second. */
const tick = 10;

export interface Usage {
  readonly all: number;
  readonly own: number;
  readonly time: number;
}

/** Milliseconds of CPU used so far, by the whole machine and by this process and those that it started. */
export function usage(): Usage {
  const time = performance.now();
  try {
    const [first] = readFileSync("/proc/stat", "latin1").split("\n");
    const [user, nice, system, , , irq, soft, stolen] = first.split(/\s+/).slice(1).map(Number);
    return { all: tick * (user + nice + system + irq + soft + stolen), own: tick * ownTicks(), time };
  } catch {
    return { all: 0, own: 0, time };
  }
}

function ownTicks(): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const id of readdirSync("/proc")) {
    if (!/^\d+$/.test(id)) continue;
    try {
      const line = readFileSync(`/proc/${id}/stat`, "latin1");
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
      processes.set(Number(id), {
        parent: Number(fields[1]),
        ticks: Number(fields[11]) + Number(fields[12]),
      });
    } catch {} // it has ended meanwhile
  }
  const isOwn = (id: number): boolean => {
    const parent = processes.get(id)?.parent ?? 0;
    return id === process.pid || (parent > 1 && isOwn(parent));
  };
  return Array.from(processes).reduce((sum, [id, { ticks }]) => sum + (isOwn(id) ? ticks : 0), 0);
}

/** Cores' worth of CPU that others used from one reading to the other. */
export function others(from: Usage, to: Usage): number {
  return Math.max(0, (to.all - from.all - (to.own - from.own)) / (to.time - from.time));
}

/** Waits for a quarter of a second in which others do little, at most so many seconds. */
export async function quiet(seconds: number): Promise<void> {
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const before = usage();
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (others(before, usage()) < disturbing) return;
  }
}
