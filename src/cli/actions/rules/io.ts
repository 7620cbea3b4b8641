import { useColor } from '../../output.ts';

/** Where a command writes. */
export interface Output {
  /** The result: one call, one or more whole lines without the last newline. */
  print(text: string): void;
  /** What is not the result: progress, notes. */
  note(text: string): void;
  /** Whether to colour what is printed. */
  readonly color: boolean;
  /** Whether a person watches: progress bars. */
  readonly interactive: boolean;
}

/** The process's own streams. Colour by the terminal, `NO_COLOR` and `FORCE_COLOR`. */
export function processOutput(): Output {
  const { stdout, stderr, env } = process;
  return {
    print: (text) => {
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      stderr.write(`${text}\n`);
    },
    color: useColor(stdout),
    interactive: stderr.isTTY === true && !env.CI,
  };
}

/** What a command's process exits with. */
export const EXIT = { ok: 0, findings: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
