import type { Gate } from "./gate.js";
import type { GateOptions } from "./types.js";

export type { Decision, Passed, Refused } from "./decision.js";
export type { Gate, GuardContext } from "./gate.js";
export type * from "./types.js";

/** Makes a gate. Rejects if the options are wrong, and names every problem. */
export declare function createGate(options: GateOptions): Promise<Gate>;
