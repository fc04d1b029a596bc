// Numbers as people read them, floor 3: "268 MB", "1.2 GFLOP".

const prefixes = ["", "k", "M", "G", "T", "P"];

/** Three digits and a decimal prefix. */
export function si(value: number, unit: string): string {
  let scaled = value;
  let power = 0;
  while (scaled >= 999.5 && power < prefixes.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  return `${Number(scaled.toPrecision(3))} ${prefixes[power]}${unit}`;
}

/** "2.1 ms": microseconds below a millisecond. */
export function time(seconds: number): string {
  const [value, unit] = seconds < 0.9995e-3 ? [seconds * 1e6, "us"] : [seconds * 1e3, "ms"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
