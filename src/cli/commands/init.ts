/** The command `xdr-relay init`. */
import { defineCommand } from '../command.ts';
import { flag, optionalArgument } from '../options.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'Write a commented relay.yaml, and the shipped rules',
  description: [
    'Write a commented relay.yaml, .env.example with the variables it needs, the shipped rules in the folder transforms, JSON Schemas',
    'for editors, and a .gitignore that keeps .env out of git.',
  ].join(' '),
  notes: [
    'A terminal is asked whether to copy the shipped rules; elsewhere they are copied. A folder transforms that holds files is left as it is.',
  ],
  inputs: {
    folder: optionalArgument('folder', 'Where to write them (default: the current folder)'),
    minimal: flag('--minimal', 'Leave out the shipped rules'),
    yes: flag('-y, --yes', 'Copy the shipped rules without asking'),
    force: flag('-f, --force', 'Overwrite relay.yaml, .env.example and the schemas; never rules'),
  },
  exits: { ok: 'The files are written', failed: 'A file exists already, or cannot be written' },
  examples: ['init', 'init --minimal', 'init /etc/xdr-relay'],
  onStop: 'at once',
  load: async () => (await import('../actions/init.ts')).runInit,
});
