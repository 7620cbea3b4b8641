/** The command `xdr-relay rules convert`. */
import { InvalidArgumentError } from 'commander';
import { defineCommand } from '../../command.ts';
import {
  choice,
  flag,
  formatOption,
  parsed,
  rulePaths,
  rulesConfigOption,
  text,
  transformsOption,
  withDefault,
} from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

/** A timespan of KQL, at most as long as anybody keeps rows. */
function timespan(given: string): string {
  if (/^[1-9]\d{0,3}[mhd]$/.test(given)) return given;
  throw new InvalidArgumentError('It is a number of minutes, hours or days: "90m", "12h", "30d".');
}

export const convertRules = defineCommand({
  name: 'convert',
  summary: 'Write rules as queries of Advanced Hunting, to try them on history',
  description:
    'Write Sigma rules, correlations, and the filters and routes of table files as KQL for Advanced Hunting, so that a rule can be tried over 30 days of history. What a query does not find exactly as the rule does is said above it; a rule that no query can stand for is refused, with its line.',
  notes: [
    'Kusto ignores the letter case of ASCII only, so that the long s and the Kelvin sign are no letters of a word there. docs/hunting.md says how each part of a rule is written.',
  ],
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    to: withDefault(choice('--to <language>', 'The language of the query', ['kql']), 'kql'),
    over: parsed(
      '--over <timespan>',
      'How far back the query looks, such as 30d (default: as far as the portal does)',
      timespan,
    ),
    format: formatOption(['text', 'json']),
    out: text('-o, --out <dir>', 'Write a .kql file for each rule into this folder instead'),
    force: flag('-f, --force', 'With --out: overwrite files that exist already'),
    link: flag('--link', 'Also write the address that opens the query in the Defender portal'),
    tenant: text('--tenant <id>', 'The tenant in whose portal the address opens'),
  },
  exits: {
    ok: 'Every rule is converted, perhaps with notes',
    failed: 'A rule has mistakes, or cannot be converted',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'rules convert transforms/detections/encoded_powershell.yml --over 30d',
    'rules convert sigma/rules/windows --over 7d --out hunting',
    'rules convert transforms/DeviceProcessEvents.yaml --format json --link',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/convert.ts')).convertCommand,
});
