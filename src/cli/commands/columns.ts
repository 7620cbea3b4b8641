/** The command `xdr-relay columns`. */
import { defineCommand } from '../command.ts';
import {
  count,
  flag,
  formatOption,
  list,
  parsed,
  rowsArgument,
  rulesConfigOption,
  transformsOption,
} from '../options.ts';
import { RULES_USAGE } from './rules/exits.ts';

export const columns = defineCommand({
  name: 'columns',
  summary: 'Show what the columns of rows cost, and which of them nothing reads',
  description:
    'Show for each table and column of rows: bytes, empty and distinct values, and which filters, rules, routes, steps, shapes and alerts read it. Nothing is sent. Names the columns that nothing reads with the step that removes them, those that rules name and rows lack, and those that the schema does not have.',
  inputs: {
    inputs: rowsArgument(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    tables: list('--table <table>', 'Only rows of this table; may be repeated'),
    top: parsed(
      '--top <number>',
      'Show only so many columns of each table, the largest (default: 20 as text, else all)',
      count,
    ),
    ignoreKeywords: flag(
      '--ignore-keywords',
      'Also count columns as unread that only the keywords of rules search',
    ),
    examples: flag(
      '--examples',
      'Show the beginning of a value of each column that the schema does not have: it may be personal data',
    ),
    format: formatOption(['text', 'json', 'csv']),
  },
  exits: {
    ok: 'Done',
    failed: 'The rule files have errors',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  notes: [
    'Bytes are those of names and values as they stand in the rows, before compression. Rules see a row as Defender wrote it, so a step that removes a column changes no rule: it changes what destinations get, in every shape.',
  ],
  examples: [
    'columns PT1H.json',
    'columns corpus --table DeviceProcessEvents --top 60',
    'columns https://contoso.blob.core.windows.net/insights-logs-advancedhunting-deviceevents/tenantId=0f1e2d3c/y=2026/m=11/d=26/',
    'columns corpus --format csv > columns.csv',
  ],
  onStop: { says: 'the rows were not read to the end.' },
  load: async () => (await import('../actions/columns.ts')).columnsCommand,
});
