/** The options of `npm run bench`. */
import { numberOption, optionValues, UsageError } from '../lab/command-line.ts';

export interface BenchOptions {
  /** Names of parts; empty: all of them. */
  readonly only: readonly string[];
  /** Small inputs and short waits: shows that everything works, and measures badly. */
  readonly quick: boolean;
  /** Rows of the work W. */
  readonly rows: number;
  /** How often work takes its turn. */
  readonly rounds: number;
  /** A folder of Sigma rules, as SigmaHQ's `rules`; undefined: what needs them is skipped. */
  readonly sigma: string | undefined;
  /** A file that the measures are written to, as JSON. */
  readonly json: string | undefined;
  /** A Markdown page whose tables of these parts are replaced. */
  readonly markdown: string | undefined;
  /** A folder for CPU profiles of the relays of the parts; undefined: none are made. They cost some per cent themselves. */
  readonly profile: string | undefined;
  /** Keep the folder with the inputs and the logs. */
  readonly keep: boolean;
}

const QUICK = { rows: 8_000, rounds: 1 };
const FULL = { rows: 300_000, rounds: 3 };

/** The text of `--help`. @param parts a line for each part. */
export function helpText(parts: readonly string[]): string {
  return `npm run bench -- [options]

Measures the relay on this machine and prints one table. Inputs come from fixed seeds. Processor time is that of the process under
test alone; what is compared takes turns, so read the ratios: absolute figures vary by a quarter on shared machines. Everything
listens on loopback only. A whole run takes half an hour on two idle cores; --quick takes some minutes, and its figures are only a
sign of life.

  --only <part>    one part; may be given several times
  --quick          small inputs, one round
  --rows <n>       rows of the work W; default ${FULL.rows}, ${QUICK.rows} with --quick
  --rounds <n>     turns of each piece of work; default ${FULL.rounds}, ${QUICK.rounds} with --quick
  --sigma <folder> Sigma rules to load (a checkout of SigmaHQ's "rules"); default: $BENCH_SIGMA. Without it, what needs them is skipped
  --json <file>    writes the measures there, too
  --markdown <file> replaces the tables of the parts in a page that has marks for them: docs/performance.md
  --profile <folder> writes CPU profiles of the relays there, for bench/flame-graph.ts; profiling costs some per cent
  --keep           keeps the folder with inputs and logs

Parts:
${parts.map((part) => `  ${part}`).join('\n')}
`;
}

/** Throws {@link UsageError}. @param parts the names that `--only` may take. */
export function parseOptions(
  argv: readonly string[],
  parts: readonly string[],
  env: NodeJS.ProcessEnv,
): BenchOptions | 'help' {
  const values = optionValues(argv, OPTIONS);
  if (values.help) return 'help';
  const only = values.only ?? [];
  const unknown = only.find((name) => !parts.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no part "${unknown}". The parts are ${parts.join(', ')}.`);
  const quick = values.quick ?? false;
  const usual = quick ? QUICK : FULL;
  return {
    only,
    quick,
    rows: numberOption('rows', values.rows, { least: 1_000, most: 2_000_000 }) ?? usual.rows,
    rounds: numberOption('rounds', values.rounds, { least: 1, most: 99 }) ?? usual.rounds,
    sigma: values.sigma ?? (env.BENCH_SIGMA === '' ? undefined : env.BENCH_SIGMA),
    json: values.json,
    markdown: values.markdown,
    profile: values.profile,
    keep: values.keep ?? false,
  };
}

const OPTIONS = {
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  rows: { type: 'string' },
  rounds: { type: 'string' },
  sigma: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  profile: { type: 'string' },
  keep: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
