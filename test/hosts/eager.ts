// A class of device for which products in float16 pay whatever their size, so that small ones test it.

import { type DeviceClass, software } from "../../src/plan/device_class.js";

export const eager: DeviceClass = { ...software, barrier: 0, load: 1e3, word: 0, float16Rate: 1e3 };
