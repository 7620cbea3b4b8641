/** The command `xdr-relay schema import`. */
import { defineCommand } from '../../command.ts';
import { flag, rulesConfigOption, someArguments, text, transformsOption } from '../../options.ts';
import { RULES_USAGE } from '../rules/exits.ts';

export const importSchema = defineCommand({
  name: 'import',
  summary: 'Take columns and types from exports of the portal',
  description:
    'Take columns and types from the result of getschema, as the portal exports it, and write into schema.yaml what the shipped schema does not have. What a person wrote there stays.',
  notes: [
    'Run this in Advanced Hunting and export the result as CSV, named after the table (DeviceEvents.csv).\n  DeviceEvents | getschema | project ColumnName, ColumnType',
    'Or several tables at once, with a column for the table.\n  union (DeviceEvents | getschema | extend TableName = "DeviceEvents"), (EmailEvents | getschema | extend TableName = "EmailEvents")\n  | project TableName, ColumnName, ColumnType',
    'The JSON of the hunting API of Microsoft Graph and of the query API of Log Analytics is taken as well.',
  ],
  inputs: {
    files: someArguments('export', 'Exports of the portal: CSV or JSON', 1),
    table: text(
      '--table <table>',
      'The table of files that do not say it; of a file with several tables, only this one',
    ),
    replace: flag('--replace', 'Take the type of the export where schema.yaml has another'),
    transforms: transformsOption(),
    config: rulesConfigOption(),
  },
  exits: {
    ok: 'All that the exports have is known now',
    failed: 'Mistakes in a file, or schema.yaml has other types, which were kept',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: [
    'schema import DeviceEvents.csv EmailEvents.csv',
    'schema import result.json --table DeviceEvents',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/schema/import.ts')).importCommand,
});
