/** The command `xdr-relay state export`. */
import { defineCommand } from '../../command.ts';
import { configOption, sourceOption, text } from '../../options.ts';

export const exportState = defineCommand({
  name: 'export',
  summary: 'Write the state as JSON Lines',
  description:
    'Write checkpoints and documents as JSON Lines. Consumers may work meanwhile. Claims are left out.',
  inputs: {
    config: configOption(),
    source: sourceOption(),
    out: text('-o, --out <file>', 'A file that does not exist yet (default: standard output)'),
  },
  exits: { ok: 'Done', failed: 'Failed, or something could not be read' },
  examples: ['state export --out state.jsonl'],
  onStop: { says: 'nothing was exported.' },
  load: async () => (await import('../../actions/state/export.ts')).runExport,
});
