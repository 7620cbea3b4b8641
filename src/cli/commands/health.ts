/** The command `xdr-relay health`. */
import { defineCommand } from '../command.ts';
import { configOption, duration, flag, whole, withDefault } from '../options.ts';

export const health = defineCommand({
  name: 'health',
  summary: 'Ask the relay on this machine whether it runs',
  description: [
    'Ask the relay on this machine whether it runs (/healthz), or with --ready whether its storage account and its queue answer, too (/readyz).',
    'It is the health check of the container image, which has no curl. It asks the port of monitoring, which every "serve" listens on.',
  ].join(' '),
  inputs: {
    config: configOption(),
    ready: flag('--ready', 'Ask /readyz instead of /healthz'),
    port: whole(
      '-p, --port <port>',
      'The port to ask, where serve was given --monitoring-port (default: monitoring.port of relay.yaml)',
      [1, 65_535],
    ),
    timeout: withDefault(
      duration('--timeout <duration>', 'How long it waits for the answer', ['100ms', '1m']),
      4_000,
      '4s',
    ),
  },
  notes: [
    'It reads only monitoring of relay.yaml, and takes the default where the file is missing or has mistakes: a relay that keeps running while somebody breaks the file is healthy.',
    'Do not let --ready restart anything: it fails while the storage account does not answer, which a restart does not repair.',
  ],
  exits: { ok: 'It runs; with --ready, it is ready', failed: 'It does not answer in time, or is not ready' },
  examples: ['health', 'health --ready', 'health --config /etc/xdr-relay/relay.yaml --timeout 2s'],
  onStop: 'at once',
  load: async () => (await import('../actions/health.ts')).runHealth,
});
