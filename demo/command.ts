/** The command `xdr-relay demo`, which bin/xdr-relay.js adds to those of the product. */
import { defineCommand } from '../src/cli/command.ts';
import { choice, choicesOf, flag, text, whole, withDefault } from '../src/cli/options.ts';
import { STAND_NAMES, USUAL_STANDS } from './stands/names.ts';

export const demo = defineCommand({
  name: 'demo',
  summary: 'Run the whole relay on this machine, with an emulated storage account',
  description: [
    'Run xdr-relay on this machine, end to end: an Azure Storage account (Azurite), Defender rows that grow in it, the relay, and',
    'receivers that check the protocols of Splunk HEC, Slack, Standard Webhooks or other products as strictly as these do.',
    'Any type of destination can be shown, several at once.',
  ].join(' '),
  inputs: {
    to: choicesOf(
      '--to <names>',
      `The destinations to show (default: ${USUAL_STANDS.join(',')})`,
      STAND_NAMES,
    ),
    rows: whole(
      '--rows <count>',
      'End after this many rows, with a reconciliation (default: until Ctrl-C; 20000 where there is no terminal)',
      [1, 100_000_000],
    ),
    rate: whole(
      '--rate <count>',
      'Rows a second; 0: as fast as they can be written (default: 300, with --rows 2000)',
      [0, 1_000_000],
    ),
    seed: withDefault(whole('--seed <number>', 'Another company, another week', [0, 2 ** 32 - 1]), 1),
    host: withDefault(choice('--host <name>', 'Where the relay runs', ['node', 'worker']), 'node'),
    transforms: text('-t, --transforms <dir>', 'The folder of rule files (default: the shipped ones)'),
    plain: flag('--plain', 'Print a line every 2 seconds instead of the live picture'),
    open: flag('--open', 'Open the console in the browser: what runs, as a SOC sees it'),
    keep: flag('--keep', "Leave the data folder, with the relay's log and configuration, where it is"),
  },
  notes: [
    'With --host node, the console is served on this machine: the demo prints its address.',
    'kafka needs --host node, and the program kcat (apt-get install kcat, brew install kcat). Slack, Teams and PagerDuty are told of alerts, the others get every row.',
    'In the package, it needs Azurite beside it (npm install azurite); --host worker needs a clone of the repository.',
  ],
  exits: {
    ok: 'Every row is accounted for, or the demo without --rows was stopped',
    failed: 'A row is missing at a destination, or something failed',
    stopped: 'Stopped by Ctrl-C before --rows rows',
  },
  examples: [
    'demo',
    'demo --rows 20000',
    'demo --to elastic,teams',
    'demo --to sentinel,otlp,kafka,archive --rows 1000',
    'demo --host worker --rate 0 --rows 5000',
  ],
  onStop: 'itself',
  load: async () => (await import('./action.ts')).demoCommand,
});
