/** The command `xdr-relay serve`. */
import { InvalidArgumentError } from 'commander';
import { defineCommand } from '../command.ts';
import { configOption, flag, parsed, switchOff, text } from '../options.ts';

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run the endpoint and the consumer',
  description: [
    'Run the endpoint that Event Grid posts to, and the consumer that delivers events.',
    'SIGTERM and Ctrl-C stop it cleanly: it finishes the batches in flight and continues with the rest at the next start.',
    'A second Ctrl-C stops it immediately, which loses nothing either: the batches in flight are sent again.',
    'It reads relay.yaml, its secrets and the rules again when they change, and on SIGHUP, which never stops it; the log says what changed and what needs a restart.',
  ].join(' '),
  inputs: {
    config: configOption(),
    port: parsed('-p, --port <port>', 'Instead of server.port; 0 picks a free one', portOf),
    host: text('--host <address>', 'Instead of server.host'),
    monitoringPort: parsed(
      '--monitoring-port <port>',
      'Instead of monitoring.port; 0 picks a free one',
      portOf,
    ),
    monitoringHost: text('--monitoring-host <address>', 'Instead of monitoring.host'),
    consolePort: parsed('--console-port <port>', 'Instead of console.port; 0 picks a free one', portOf),
    consoleHost: text('--console-host <address>', 'Instead of console.host'),
    insecure: flag('--insecure', 'Allow an endpoint without keys, on a loopback address only'),
    endpoint: switchOff(
      '--no-endpoint',
      'Only consume, and bind no public port: Event Grid writes into the queue itself, or another process listens',
    ),
    consumer: switchOff('--no-consumer', 'Only listen: other processes consume'),
    strictRules: flag(
      '--strict-rules',
      'Do not start when the rules have errors; otherwise the last good ones of the state stand in for them',
    ),
  },
  notes: [
    `Variables come from the environment and from the file .env beside relay.yaml; what is set in the environment wins.
  XDR_RELAY_CONFIG      The configuration file, as --config
  XDR_RELAY_LOG_LEVEL   debug, info, warn or error, instead of log.level
  AZURE_*               Credentials, where relay.yaml has no connection string (DefaultAzureCredential)`,
    'While the storage account does not answer or refuses, the start waits and tries again: /events answers 503, /readyz says why.',
    'Rules with errors do not keep it from starting: the rules that were in force last, kept in the state, are. Where those cannot be used either, it takes notifications, reads no row, and looks again; /readyz, the log and status say why. Where none were ever kept, it ends.',
  ],
  exits: {
    ok: 'Ended cleanly, by SIGTERM or the first Ctrl-C',
    failed: 'Cannot start, or cannot continue',
    stopped: 'Ended at once by a second Ctrl-C or SIGTERM',
  },
  examples: ['serve', 'serve --config /etc/xdr-relay/relay.yaml --no-endpoint'],
  onStop: 'itself',
  async load() {
    (await import('../../hosts/node/own-modules.ts')).loadOwnModules();
    (await import('../../hosts/node/small-heap.ts')).beginWithSmallHeap();
    return (await import('../actions/serve.ts')).runServe;
  },
});

/** Parses a TCP port, 0 to 65535. */
function portOf(given: string): number {
  const port = Number(given);
  if (!/^\d{1,5}$/.test(given) || port > 65_535) {
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  }
  return port;
}
