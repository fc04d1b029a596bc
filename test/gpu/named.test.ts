// A single step finds its input in an embedding's table, by texts that read rows by fours, and by those that do not.

import { describe } from "vitest";
import { ordinary, software } from "../../src/plan/device_class.js";
import { namedSuite } from "../named_check.js";
import { backendOf } from "../strategies_check.js";

describe.each([
  ["rows by fours", software],
  ["packed, in parts, or by subgroups", ordinary],
] as const)("%s", (_, costs) => {
  namedSuite(() => backendOf(costs));
});
