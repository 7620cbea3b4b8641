/** The command `xdr-relay audit`. */

import { InvalidArgumentError } from 'commander';
import { systemClock } from '../../shared/clock.ts';
import { defineCommand } from '../command.ts';
import {
  configOption,
  destinationsOption,
  flag,
  formatOption,
  parsed,
  required,
  sourceOption,
  tablesOption,
} from '../options.ts';
import { dayOf } from '../when.ts';

export const audit = defineCommand({
  name: 'audit',
  summary: 'Prove that every row of a day is accounted for',
  description: [
    "Read a day's blobs, count their rows from the bytes, and compare them with what the checkpoints count for each destination:",
    'delivered, filtered, dead-lettered and waiting rows must add up. It changes nothing, and it downloads the whole day.',
  ].join(' '),
  inputs: {
    config: configOption(),
    day: required(parsed('--day <day>', '"2026-11-23", "yesterday" or "today"; UTC', readDay)),
    source: sourceOption(),
    table: tablesOption(),
    destination: destinationsOption('Only this destination'),
    hours: flag('--hours', 'Print a line for each hour, not only for each table'),
    format: formatOption(['table', 'json']),
  },
  notes: [
    'Rows that were passed before xdr-relay counted rows, or whose checkpoint was rebuilt, are "not counted", and never proven.',
  ],
  exits: {
    ok: 'Every row is accounted for, and none waits in an hour that is over',
    failed: 'A row is not accounted for, or waits in an hour that is over',
  },
  examples: [
    'audit --day yesterday',
    'audit --day 2026-11-23 --table DeviceProcessEvents --hours',
    'audit --day yesterday --destination splunk --format json',
  ],
  onStop: { says: 'nothing is proven.' },
  load: async () => (await import('../actions/audit.ts')).runAudit,
});

function readDay(given: string): number {
  const day = dayOf(given, systemClock.now());
  if (day === undefined) throw new InvalidArgumentError('A day is "2026-11-23", "yesterday" or "today".');
  return day;
}
