/** The command `xdr-relay rules schema`. */
import { defineCommand } from '../../command.ts';
import { text, withDefault } from '../../options.ts';

export const writeSchemas = defineCommand({
  name: 'schema',
  summary: 'Write the JSON Schemas that editors check relay.yaml and rule files with',
  description:
    'Write the JSON Schemas that editors check relay.yaml and the rule files with: table, mapping, schema and test files.',
  inputs: { directory: withDefault(text('-o, --out <dir>', 'Where to write them'), 'schemas') },
  exits: { ok: 'The files are written', failed: 'A file cannot be written' },
  examples: ['rules schema --out schemas'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/schema.ts')).schemaCommand,
});
