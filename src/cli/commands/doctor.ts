/** The command `xdr-relay doctor`. */
import { defineCommand } from '../command.ts';
import { choice, configOption, duration, flag, formatOption, withDefault } from '../options.ts';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Check everything that the relay needs, and say how to fix what is wrong',
  description: [
    'Check everything that the relay needs: the source by one real read, the tables, the notifications and the subscription of Event',
    'Grid, the account as Resource Manager describes it, the clock, the queue, the state, the rules, every destination, and what the',
    'network must let through. Each finding says what to do. It changes nothing but a document in the state, which it removes.',
  ].join(' '),
  inputs: {
    config: configOption(),
    send: flag('--send', 'Send a test event to each destination, channels of people included'),
    json: flag('--json', 'As --format json'),
    format: formatOption(['text', 'json']),
    failOn: withDefault(
      choice('--fail-on <severity>', 'The least severity that ends with exit code 1', ['error', 'warning']),
      'warning',
    ),
    timeout: withDefault(
      duration('--timeout <duration>', 'The longest that one check may take', ['1s', '10m']),
      30_000,
      '30s',
    ),
  },
  notes: [
    'What Resource Manager tells (resource providers, firewall, subscriptions) needs the role Reader on the storage account; without it, doctor says how to check by hand. No API tells which tables the Streaming API item of Defender has: the containers show it.',
  ],
  exits: {
    ok: 'Healthy: at most notes',
    failed: 'An error or a warning was found, or with --fail-on error an error',
    usage: 'Wrong usage, or relay.yaml cannot be used',
  },
  errorsAre: 'usage',
  examples: ['doctor', 'doctor --send', 'doctor --json --fail-on error'],
  onStop: { says: 'what was not checked yet is not known.' },
  load: async () => (await import('../actions/doctor.ts')).runDoctor,
});
