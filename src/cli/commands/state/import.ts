/** The command `xdr-relay state import`. */
import { defineCommand } from '../../command.ts';
import { argument, configOption, flag, sourceOption, yesOption } from '../../options.ts';

export const importState = defineCommand({
  name: 'import',
  summary: 'Put an exported state back',
  description: [
    'Merge an export into the state: what is missing is written, offsets move forward and never back. Without --yes it',
    'only counts.',
  ].join(' '),
  inputs: {
    file: argument('file', 'The file that "state export" wrote'),
    config: configOption(),
    source: sourceOption(),
    force: flag('-f, --force', 'The file wins: offsets may move back, and rows are sent again'),
    yes: yesOption('Write it'),
  },
  notes: [
    'A sweep finds the blobs of the last hours by itself (sweep.wide); for older ones run "xdr-relay backfill" afterwards.',
  ],
  exits: { ok: 'Done', failed: 'Failed, or something could not be written: a second run goes on' },
  examples: ['state import state.jsonl', 'state import state.jsonl --yes'],
  onStop: { says: 'run the same command to continue.' },
  load: async () => (await import('../../actions/state/import.ts')).runImport,
});
