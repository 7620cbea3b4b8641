/** The command `xdr-relay init`. */
import { defineCommand } from '../command.ts';
import { flag, optionalArgument } from '../options.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'Write a commented relay.yaml',
  description:
    'Write a commented relay.yaml, .env.example with the variables it needs, and the folder transforms for rule files. It asks no questions.',
  inputs: {
    folder: optionalArgument('folder', 'Where to write them (default: the current folder)'),
    force: flag('-f, --force', 'Overwrite files that exist'),
  },
  exits: { ok: 'The files are written', failed: 'A file exists already, or cannot be written' },
  examples: ['init', 'init /etc/xdr-relay'],
  onStop: 'at once',
  load: async () => (await import('../actions/init.ts')).runInit,
});
