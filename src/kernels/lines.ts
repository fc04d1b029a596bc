// Lines of printed text, floor 2.

/** 0, 1, … below count. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
