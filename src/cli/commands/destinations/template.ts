/** The command `xdr-relay destinations template`. */
import type { Shape } from '../../../destinations/shapes.ts';
import { defineCommand } from '../../command.ts';
import { argument, choice, flag, text } from '../../options.ts';

/** Not imported: help is shown without loading what makes shapes. */
const SHAPES = ['raw', 'relay', 'ecs', 'ocsf'] as const satisfies readonly Shape[];

export const templateDestination = defineCommand({
  name: 'template',
  summary: 'Write what has to be created at a product before it takes events',
  description: [
    'Write the files for the tools of a product that create what a type of destination needs there: tables and data collection rules,',
    'or an index template. They are for what the destination sends by default. Nothing is created, and nobody is asked.',
  ].join(' '),
  inputs: {
    type: argument('type', 'The `type` of the destination in relay.yaml'),
    tables: text('--tables <tables>', 'The tables whose rows are sent, separated by commas (default: all)'),
    shape: choice('--shape <shape>', 'The `shape` of the destination, where relay.yaml names one', SHAPES),
    out: text('-o, --out <folder>', 'Write the files there (default: print them)'),
    force: flag('-f, --force', 'With --out: overwrite files that exist already'),
  },
  exits: { ok: 'Done' },
  examples: [
    'destinations template sentinel --tables DeviceProcessEvents,DeviceLogonEvents --out sentinel',
    'destinations template elastic --out elastic',
  ],
  onStop: 'at once',
  load: async () => (await import('../../actions/destinations-template.ts')).writeTemplate,
});
