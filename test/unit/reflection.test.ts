// Holds every kernel's declaration to its shader, with no device: names, order, access and types of bindings,
// fields of params, and what every device grants. Two bindings swapped, or two parameters, are wrong answers
// that nothing else reports.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WgslReflect } from "wgsl_reflect";
import { runFields } from "../../src/kernels/kernel.js";
import { textOf } from "../../src/kernels/texts.js";
import { kernels } from "../kernels_list.js";

type Variable = WgslReflect["storage"][number];

/** As a declaration says it: ["weights", "read_write"], ["ids", "read u32"]. */
function declared(variable: Variable): [string, string] {
  const element = variable.format?.name ?? "no array";
  return [variable.name, element === "f32" ? variable.access : `${variable.access} ${element}`];
}

/** [name, type, offset] of a uniform's fields. */
function fields(variable: Variable | undefined): [string, string, number][] {
  return (variable?.members ?? []).map(({ name, type, offset }) => [name, type.name, offset]);
}

/** The same from a declaration: 4 bytes a field, without gaps. */
function packed(types: Readonly<Record<string, string>>): [string, string, number][] {
  return Object.entries(types).map(([name, type], i) => [name, type, 4 * i]);
}

describe.each(kernels.map((kernel) => [kernel.name, kernel] as const))("%s", (_, kernel) => {
  const reflected = new WgslReflect(textOf(kernel));
  const storage = [...reflected.storage].sort((a, b) => a.binding - b.binding);
  const uniform = (name: string) => reflected.uniforms.find((variable) => variable.name === name);

  test("has the entry point main and no other", () => {
    expect(reflected.entry.compute.map((entry) => entry.name)).toEqual(["main"]);
  });

  test("binds in this order, with this access", () => {
    expect(storage.map(declared)).toEqual(Object.entries(kernel.bindings));
    expect(storage.map((variable) => variable.binding)).toEqual(storage.map((_, i) => i + 1));
    expect(reflected.getBindGroups()).toHaveLength(1);
  });

  test("has these parameters, at binding 0", () => {
    expect(uniform("params")?.binding).toBe(0);
    expect(fields(uniform("params"))).toEqual(packed(kernel.params));
  });

  test("has run exactly if it says so, after the storage bindings", () => {
    expect(reflected.uniforms.map((variable) => variable.name)).toEqual(
      kernel.run === true ? ["params", "run"] : ["params"],
    );
    if (kernel.run === true) {
      expect(uniform("run")?.binding).toBe(storage.length + 1);
      expect(fields(uniform("run"))).toEqual(packed(runFields));
    }
  });

  test("has as much workgroup memory as it says", () => {
    const variables = [...textOf(kernel).matchAll(/var<workgroup>(.*)/g)].map(([, variable]) => variable);
    const bytes = variables.map((variable) => {
      const [, type, count] = /^ \w+: array<(f32|vec4f|vec4h|atomic<u32>), (\d+)>;/.exec(variable) ?? [];
      return Number(count) * ({ vec4f: 16, vec4h: 8 }[type] ?? 4);
    });
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBe(kernel.workgroupBytes ?? 0);
  });

  test("asks for no more than every device grants", () => {
    const size = reflected.entry.compute[0]?.workgroupSize ?? [];
    const invocations = size.reduce((product, n) => product * Number(n), 1);
    expect(invocations).toBeGreaterThan(0);
    expect(invocations).toBeLessThanOrEqual(256);
    expect(storage.length).toBeLessThanOrEqual(8);
    expect(kernel.workgroupBytes ?? 0).toBeLessThanOrEqual(16384);
  });
});

test("every shader with an entry point is reflected, by the name of its file", () => {
  const linked = [
    "activations",
    "alone",
    "live",
    "random",
    "ranges",
    "reduce",
    "run",
    "step_places",
    "step_random",
    "update",
  ];
  const files = readdirSync(new URL("../../shaders/", import.meta.url)).map((file) =>
    file.replace(/\.wgsl$/, ""),
  );
  const reflected = new Set(kernels.map(({ name }) => name.replace(/\W.*/, "")));
  expect(files.filter((file) => !linked.includes(file) && !reflected.has(file))).toEqual([]);
});
