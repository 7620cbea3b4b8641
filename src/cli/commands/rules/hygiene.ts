/** The command `xdr-relay rules hygiene`. */
import { InvalidArgumentError } from 'commander';
import { DAY_MS } from '../../../shared/duration.ts';
import { defineCommand, type OptionInput } from '../../command.ts';
import { HYGIENE_KINDS, type HygieneKind } from '../../hygiene-kinds.ts';
import {
  duration,
  flag,
  list,
  parsed,
  positive,
  reportFormatOption,
  reportsOption,
  rulesConfigOption,
  someArguments,
  transformsOption,
  withDefault,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const ruleHygiene = defineCommand({
  name: 'hygiene',
  summary: 'Find rules that nobody may need, own or trust any more',
  description:
    'Find rules that never match or match too much, that have no owner or no test, that are switched off or experimental for long, and exceptions that have expired or will soon.',
  inputs: {
    inputs: someArguments(
      'input',
      'Rows to count matches on: files, folders, and addresses of blobs, as for rules run (default: matches are not counted)',
      0,
    ),
    metrics: list(
      '--metrics <file>',
      "Instead of rows: a file with a relay's metrics, or the address of its /metrics; may be repeated, once for each process",
    ),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: reportFormatOption(),
    reports: reportsOption(),
    failOn: failOnOption(),
    experimentalFor: withDefault(
      duration('--experimental-for <duration>', 'How long a rule may be experimental', ['1d', '3650d']),
      180 * DAY_MS,
      '180d',
    ),
    noisy: withDefault(
      parsed(
        '--noisy <percent>',
        'The share of the rows of its tables above which a rule is noisy',
        percentOf,
      ),
      1,
    ),
    verbose: flag('--verbose', 'Show each finding, however many there are'),
  },
  exits: {
    ok: 'Done; with --fail-on: no such finding',
    failed: 'The rule files have errors; with --fail-on: such a finding',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'rules hygiene',
    'rules hygiene corpus --fail-on no-test --fail-on expired-exception',
    'rules hygiene PT1H.json --format json',
    'rules hygiene --metrics http://127.0.0.1:9464/metrics',
  ],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../../actions/rules/hygiene.ts')).hygieneCommand,
});

function percentOf(given: string): number {
  const value = positive(given);
  if (value <= 100) return value;
  throw new InvalidArgumentError('It is a number above 0, and at most 100.');
}

function failOnOption(): OptionInput<readonly (HygieneKind | 'any')[]> {
  const kinds = [...HYGIENE_KINDS, 'any'] as const;
  const { option } = list(
    '--fail-on <kind>',
    `Findings that make the command fail, of ${kinds.join(', ')}; may be repeated`,
  );
  option.argParser((given, earlier: unknown) => {
    const kind = kinds.find((one) => one === given);
    if (kind === undefined) throw new InvalidArgumentError(`It is one of ${kinds.join(', ')}.`);
    return [...(Array.isArray(earlier) ? earlier : []), kind];
  });
  return { option, read: (given) => (Array.isArray(given) ? given : []) };
}
