import { parseArgs } from 'node:util';

export interface LongOptions {
  /** Soaks, each with a new seed. */
  readonly soaks: number;
  /** Of each soak. */
  readonly minutes: number;
  /** How often every property test runs, each time with new seeds. */
  readonly rounds: number;
}

export const HELP = `npm run test:long -- [options]

Runs what takes too long for npm test: the measured cases in full, the console in Chromium with every page, theme and width, the
property tests again and again, and soaks with new seeds. Its last line says how many passed and failed; exit code 1 when one failed.

  --soaks <n>    default 5
  --minutes <n>  of each soak; default 3
  --rounds <n>   of the property tests, each with ten times the runs of npm test; default 5
`;

/** Throws a RangeError or what `parseArgs` throws for wrong usage. */
export function parseOptions(argv: readonly string[]): LongOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      soaks: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    soaks: amount('soaks', values.soaks, 0, 1_000),
    minutes: amount('minutes', values.minutes, 0.1, 24 * 60),
    rounds: amount('rounds', values.rounds, 0, 10_000),
  };
}

function amount(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new RangeError(`--${name} must be a number from ${least} to ${most}.`);
  }
  return value;
}
