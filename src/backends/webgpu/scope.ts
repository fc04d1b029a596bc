// Errors of WebGPU while something is made, floor 4: they come later and elsewhere unless an error scope
// catches them.

import { DeviceError, LimitError, smaller, type WebrnnError } from "../../errors.js";

/**
 * Calls `make`, which must be synchronous: scopes are a stack of the device, which others use too. Returns
 * what it made, and a promise of the first error that this raised.
 */
export function scoped<T>(
  device: GPUDevice,
  where: string,
  make: () => T,
): { made: T; error: Promise<WebrnnError | undefined> } {
  const filters = ["out-of-memory", "internal", "validation"] as const;
  for (const filter of filters) {
    device.pushErrorScope(filter);
  }
  let made: T;
  let raised: Promise<readonly (GPUError | null)[]>;
  try {
    made = make();
  } finally {
    raised = Promise.all(filters.map(() => device.popErrorScope()));
    raised.catch(() => {}); // where make() throws, that is the error to report
  }
  const error = raised.then(([validation, internal, memory]) => {
    const refused = validation ?? internal;
    if (refused) {
      return new DeviceError(`${where}: WebGPU refuses it: ${refused.message}; please report this.`);
    }
    return memory
      ? new LimitError(`${where}: the GPU has too little memory free (${memory.message}); ${smaller}.`)
      : undefined;
  });
  return { made, error };
}
