/** The command `xdr-relay config`. */
import { defineCommand } from '../command.ts';
import { configOption, flag, formatOption } from '../options.ts';

export const config = defineCommand({
  name: 'config',
  summary: 'Check relay.yaml and its rules, and print it with its defaults',
  description:
    'Check relay.yaml and the rules it names, as serve would, and print it with its defaults filled in. Secrets are shown as variables, not as values.',
  inputs: {
    config: configOption(),
    check: flag('--check', 'Only check, print no configuration'),
    online: flag(
      '--online',
      'Also send a test event to each destination, channels of people included, and say what it answered',
    ),
    format: formatOption(['text', 'json', 'github']),
  },
  notes: [
    '--online sends what "xdr-relay destinations test" sends, to every destination and every address of one. It asks no storage account and changes no offset; "xdr-relay doctor" checks the rest.',
    'Variables come from the environment and from the file .env beside relay.yaml; what is set in the environment wins.',
  ],
  exits: {
    ok: 'The configuration and the rules are valid, with or without warnings, and with --online each destination took the event',
    failed: 'They are not valid, or cannot be read, or a destination did not take the event',
  },
  examples: [
    'config',
    'config --check --online',
    "config --check --format github      # in a pull request's checks",
  ],
  onStop: { says: 'what was not answered yet may have arrived.' },
  load: async () => (await import('../actions/config.ts')).runConfig,
});
