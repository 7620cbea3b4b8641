/** The options of `npm run demo`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { HOSTS, type Host } from '../lab/relay.ts';

export interface DemoOptions {
  /** Ends by itself after so many rows; undefined: runs until it is told to stop. */
  readonly rows: number | undefined;
  /** Rows a second; 0: as fast as they can be written. */
  readonly rate: number;
  readonly seed: number;
  readonly host: Host;
  /** The folder of rule files. */
  readonly transforms: string;
  /** Leaves the data folder where it is. */
  readonly keep: boolean;
  /** One line now and then instead of the live picture. */
  readonly plain: boolean;
}

/** The command line cannot be understood. */
export class UsageError extends Error {}

export const HELP = `Usage: npm run demo -- [options]

Runs xdr-relay on this machine, end to end: an Azure Storage account (Azurite), Defender rows that
grow in it, the relay, and receivers that speak Splunk HEC, Slack and Standard Webhooks.

Options:
  --rows N        end by itself after N rows, with a reconciliation; exit code 1 if a row is missing anywhere.
                  Without it the demo runs until Ctrl-C; 20000 where there is no terminal.
  --rate N        rows a second; 0: as fast as they can be written (default: 300, with --rows 2000)
  --seed N        another company, another week (default: 1)
  --host NAME     where the relay runs: ${Object.keys(HOSTS).join(', ')} (default: node)
  --transforms D  the folder of rule files (default: transforms)
  --plain         a line every 2 seconds instead of the live picture
  --keep          leave the data folder, with the relay's log and configuration, where it is
  --help          this text
`;

/** The repository's rule files. */
export const TRANSFORMS = join(import.meta.dirname, '../transforms');
const DEFAULT_ROWS = 20_000;

/**
 * Reads the command line; `'help'` where that is asked for.
 *
 * @param terminal Whether a person watches: then there is no end by itself, and a picture that moves.
 */
export function parseOptions(argv: readonly string[], terminal: boolean): DemoOptions | 'help' {
  const { values } = parse(argv);
  if (values.help) return 'help';
  const rows =
    values.rows === undefined
      ? terminal
        ? undefined
        : DEFAULT_ROWS
      : whole('--rows', values.rows, 1, 100_000_000);
  const rate =
    values.rate === undefined
      ? rows === undefined
        ? 300
        : 2000
      : whole('--rate', values.rate, 0, 1_000_000);
  return {
    rows,
    rate,
    seed: whole('--seed', values.seed ?? '1', 0, 2 ** 32 - 1),
    host: hostNamed(values.host ?? 'node'),
    transforms: resolve(values.transforms ?? TRANSFORMS),
    keep: values.keep ?? false,
    plain: (values.plain ?? false) || !terminal,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rows: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        host: { type: 'string' },
        transforms: { type: 'string' },
        keep: { type: 'boolean' },
        plain: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} takes a whole number from ${min} to ${max}, not "${text}".`);
}

function hostNamed(name: string): Host {
  const known = Object.keys(HOSTS);
  if (isHost(name)) return name;
  throw new UsageError(
    `--host ${name}: the demo can't run the relay there. What there is: ${known.join(', ')}.`,
  );
}

function isHost(name: string): name is Host {
  return Object.hasOwn(HOSTS, name);
}
