/** An Output that keeps what a command writes, and an end for its long-running ones. */
import type { Output } from '../../src/cli/output.ts';
import { createProgress } from '../../src/cli/progress.ts';

export interface Captured extends Output {
  /** What was printed. */
  text(): string;
  /** What was noted. */
  notes(): string;
}

/** Keeps what a command writes. It is no terminal. */
export function captured(): Captured {
  const printed: string[] = [];
  const noted: string[] = [];
  return {
    print: (text) => printed.push(text),
    async printAll(pieces) {
      for await (const piece of pieces) printed.push(piece.replace(/\n$/, ''));
    },
    note: (text) => noted.push(text),
    color: false,
    noteColor: false,
    isTerminal: false,
    width: 100,
    progress: (unit) => createProgress(undefined, unit),
    live: () => undefined,
    text: () => printed.join('\n'),
    notes: () => noted.join('\n'),
  };
}
