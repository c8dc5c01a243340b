import type { Opcode } from "./opcodes.js";

export type KernelName = keyof typeof Opcode;
