// `npm run test:hosts`: the GPU tests that need no page on two more hosts: node's Dawn (float16, subgroups of 8) and
// deno's wgpu, which compiles shaders by naga. `npm run test:hosts -- node` runs one; a host that is named must be
// had, one that is not named and cannot be had is left out, and said to be.

import { resolve } from "node:path";
import { deno, lavapipe } from "./hosts.mjs";
import { setup } from "./setup.mjs";
import { runStages, vitest } from "./stages.mjs";

/** @type {Record<string, () => import("./stages.mjs").Stage>} */
const hosts = {
  node: () => vitest("gpu_node", lavapipe()),
  deno() {
    const options = ["-A", "--unstable-webgpu", "--no-lock", "--node-modules-dir=manual"];
    const env = { ...lavapipe(), DENO_DIR: resolve(".cache/hosts/deno"), DENO_NO_UPDATE_CHECK: "1" };
    return vitest("gpu_deno", env, [deno(), "run", ...options]);
  },
};

const wanted = process.argv.slice(2);
const names = Object.keys(hosts);
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(
    `npm run test:hosts: there is no host ${unknown}; name some of ${names.join(", ")}, or none for all.`,
  );
  console.log("0 passed, 1 failed");
  process.exit(1);
}
setup();
const chosen = wanted.length === 0 ? names : wanted;
runStages(
  chosen.map((name) => ({
    name,
    run() {
      try {
        return hosts[name]().run();
      } catch (error) {
        console.error(
          `npm run test:hosts: not run on ${name}: ${error instanceof Error ? error.message : error}.`,
        );
        return { passed: 0, failed: wanted.length === 0 ? 0 : 1, skipped: 0 };
      }
    },
  })),
);
