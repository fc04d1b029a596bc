// Before the GPU tests that run in node: its WebGPU, by Dawn, where a browser has its own. The Vulkan driver
// comes with the environment, which scripts/test_hosts.mjs sets.

import { create, globals } from "webgpu";

const gpu: unknown = create(["enable-dawn-features=disable_workgroup_init"]);
Object.assign(globalThis, globals, { dawn: gpu }); // collected, it would abort node

// Dawn asks what is done as often as setImmediate lets it: beside a compiler at work that would take a core for itself
const patiently = (ask: () => void): unknown => setTimeout(ask, 1);
Object.assign(globalThis, { setImmediate: patiently });

class Navigator {
  get gpu(): unknown {
    return gpu;
  }
}
Object.assign(globalThis, { Navigator });
Object.defineProperty(globalThis, "navigator", { value: new Navigator(), configurable: true });
