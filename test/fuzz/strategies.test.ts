// All ways to run a recurrent layer give the same bits on one device, of every cell.

import { checkStrategies, nets } from "../strategies_check.js";

checkStrategies(Object.keys(nets));
