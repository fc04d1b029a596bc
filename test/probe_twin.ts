// What a device is measured with, on the CPU: shaders/probe.wgsl as plain loops. Nobody measures a CPU so.

import type { Twin } from "../src/kernels/kernel.js";
import type { probe } from "../src/kernels/probe.js";

/** Words between two numbers that an invocation reads one after the other. */
const stride = 196_864;

export const probeTwin: Twin<keyof typeof probe.bindings, keyof typeof probe.params> = {
  cpu({ floats: f }, at, { groups, exchanges, reads, terms, n }) {
    const input = (i: number): number => f[at.input + (i % n)];
    for (let group = 0; group < groups; group += 1) {
      let x = Array.from({ length: 256 }, (_, l) => input(group * 256 + l));
      for (let i = 0; i < exchanges; i += 1) {
        x = x.map((_, l) => 0.5 * x[(l + 1) % 256] + input(i * 256 + l));
      }
      x.forEach((first, l) => {
        let sum = first;
        for (let i = 1; i <= reads; i += 1) sum += input(group * 256 + l + i * stride);
        let total = 0;
        for (let k = 0; k < 16; k += 1) {
          let a = sum + k;
          for (let i = 0; i < terms; i += 1) a = 0.5 * a + sum;
          total += a;
        }
        f[at.out + group * 256 + l] = total;
      });
    }
  },
};
