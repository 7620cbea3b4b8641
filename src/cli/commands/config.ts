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
    format: formatOption(['text', 'json', 'github']),
  },
  notes: [
    'Variables come from the environment and from the file .env beside relay.yaml; what is set in the environment wins.',
  ],
  exits: {
    ok: 'The configuration and the rules are valid, with or without warnings',
    failed: 'They are not valid, or cannot be read',
  },
  examples: ['config', "config --check --format github      # in a pull request's checks"],
  onStop: 'at once',
  load: async () => (await import('../actions/config.ts')).runConfig,
});
