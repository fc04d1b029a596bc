// A single step finds its input in an embedding's table: on the CPU, as if a dispatch cost what it does on a GPU.

import { software } from "../../src/plan/device_class.js";
import { cpuAs } from "../joined_check.js";
import { namedSuite } from "../named_check.js";

namedSuite(() => cpuAs(software));
