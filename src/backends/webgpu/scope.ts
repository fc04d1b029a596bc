// Errors of WebGPU while something is made, floor 4: they come later and elsewhere unless an error scope catches them.

import { DeviceError, LimitError, smaller, type WebrnnError } from "../../errors.js";

/**
 * Calls `make`, which must be synchronous: scopes are a stack of the device, which others use too. Returns what it made,
 * and a promise of the first error that this raised.
 */
export function scoped<T>(
  device: GPUDevice,
  where: string,
  make: () => T,
): { made: T; error: Promise<WebrnnError | undefined> } {
  device.pushErrorScope("internal");
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let made: T;
  let raised: Promise<readonly (GPUError | null)[]>;
  try {
    made = make();
  } finally {
    raised = Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
    raised.catch(() => {}); // where make() throws, that is the error to report
  }
  const error = raised.then(([validation, memory, internal]) => {
    if (validation) {
      return new DeviceError(`${where}: WebGPU refuses it: ${validation.message}; please report this.`);
    }
    if (memory) {
      return new LimitError(`${where}: the GPU has too little memory free (${memory.message}); ${smaller}.`);
    }
    return internal
      ? new DeviceError(`${where}: the driver failed: ${internal.message}; use cpu().`)
      : undefined;
  });
  return { made, error };
}
