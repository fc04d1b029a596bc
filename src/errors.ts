// The errors that webrnn throws, floor 0, and the checks that all floors make. Each message says where it
// happened, what was found, what it must be and what to do about it. The names are written out, so that they
// survive minification.

/** What all of webrnn's errors are. */
export class WebrnnError extends Error {}

/** Sizes, shapes or values of what was given do not fit the network. */
export class ShapeError extends WebrnnError {
  override readonly name = "ShapeError";
}

/** Weights or a checkpoint cannot be read, or belong to another network. */
export class WeightsError extends WebrnnError {
  override readonly name = "WeightsError";
}

/** More than the device, or the format, can hold. */
export class LimitError extends WebrnnError {
  override readonly name = "LimitError";
}

/** No adapter, a device that was lost, or an error that it reported. */
export class DeviceError extends WebrnnError {
  override readonly name = "DeviceError";
}

/** Something was used after dispose(). */
export class DisposedError extends WebrnnError {
  override readonly name = "DisposedError";
}

/** What to do where something is too large. */
export const smaller = "use a shorter sequenceLength, a smaller batchSize or smaller layers";

/** Of a name that is not among those that there are. what: what it names, as "output". */
export function unknown(where: string, what: string, name: string, known: Iterable<string>): ShapeError {
  return new ShapeError(
    `${where}: there is no ${what} "${name}", only ${[...known].join(", ")}; name one of these.`,
  );
}

/**
 * Throws ShapeError where what is given are no options, and where one is left that nothing takes: they would do
 * nothing, and not say so.
 */
export function nothingElse(where: string, given: unknown, rest?: object): void {
  if (typeof given !== "object") {
    throw wrong(`${where}: what holds its options`, given, "an object");
  }
  for (const name of Object.keys(rest ?? {})) {
    throw new ShapeError(`${where}: there is no option "${name}"; correct its name, or leave it out.`);
  }
}

/** Of a value that is not what it must be. */
export function wrong(where: string, value: unknown, must: string): ShapeError {
  return new ShapeError(`${where} is ${value}; it must be ${must}.`);
}

/** The size. Throws ShapeError where it is none, or less than `least`. */
export function checkSize(where: string, size: number, least = 1): number {
  if (Number.isInteger(size) && size >= least) {
    return size;
  }
  throw wrong(where, size, least === 1 ? "a positive integer" : `an integer, at least ${least}`);
}

/** One of the words that an option may be. Throws ShapeError where it is none. */
export function oneOf<N extends string | boolean>(
  where: string,
  name: string,
  value: N,
  names: readonly N[],
): N {
  if (names.includes(value)) return value;
  throw wrong(`${where}: ${name}`, `"${value}"`, names.join(", "));
}

/** where: what the share is of, as "lstm(2, 3): dropout". Throws ShapeError where it is none. */
export function share(where: string, p: number): number {
  if (p >= 0 && p < 1) return p;
  throw wrong(where, p, "at least 0 and below 1");
}

/** The share of the last step that is kept, which may be all of it and more. Throws ShapeError where it is none. */
export function checkMomentum(where: string, momentum: number): void {
  if (!(momentum >= 0)) throw wrong(`${where}: momentum`, momentum, "at least 0");
}
