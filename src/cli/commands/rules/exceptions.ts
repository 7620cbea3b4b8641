/** The command `xdr-relay rules exceptions`. */
import { defineCommand } from '../../command.ts';
import { formatOption, rulePaths, rulesConfigOption, transformsOption } from '../../options.ts';
import { RULES_USAGE } from './exits.ts';

export const listExceptions = defineCommand({
  name: 'exceptions',
  summary: 'List the exceptions, with their owners and their ends',
  description:
    'List the exceptions of the rule files, and the Sigma filters that say when they end or whose they are. Those that end first come first.',
  inputs: {
    paths: rulePaths(),
    transforms: transformsOption(),
    config: rulesConfigOption(),
    format: formatOption(['text', 'json']),
  },
  exits: {
    ok: 'None has expired',
    failed: 'One has expired, or the rule files have errors',
    usage: RULES_USAGE,
  },
  errorsAre: 'usage',
  examples: ['rules exceptions', 'rules exceptions --format json'],
  onStop: 'at once',
  load: async () => (await import('../../actions/rules/exceptions.ts')).exceptionsCommand,
});
