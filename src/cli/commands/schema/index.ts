/** `xdr-relay schema`: the commands on the tenant's own tables and columns. */
import { defineGroup } from '../../command.ts';
import { diffSchema } from './diff.ts';
import { importSchema } from './import.ts';
import { learnSchema } from './learn.ts';

export const schema = defineGroup({
  name: 'schema',
  summary: 'Teach the rules the tables and columns of your tenant',
  description: [
    'Teach the rules the tables and columns of your tenant. They stand in schema.yaml in the folder of rule files, and are checked with',
    'them. Nothing is sent.',
  ].join(' '),
  examples: ['schema import DeviceEvents.csv', 'schema learn PT1H.json --write', 'schema diff'],
  commands: [importSchema, learnSchema, diffSchema],
});
