import type { Command } from 'commander';
import { loadEnvFileBeside } from '../../hosts/node/config-file.ts';
import { configOption, parsePort } from '../options.ts';
import { abortOnSignals, followHangups } from '../signals.ts';

interface Options {
  readonly config: string;
  readonly port?: number;
  readonly host?: string;
  readonly insecure?: true;
  readonly endpoint: boolean;
  readonly consumer: boolean;
}

export function registerServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('run the endpoint and the consumer')
    .description(
      [
        'Runs the endpoint that Event Grid posts to, and the consumer that delivers events.',
        'SIGTERM and Ctrl-C end it cleanly: batches on their way are finished, the rest is taken up at the next start.',
        'A second Ctrl-C ends it at once, which loses nothing either: the batches on their way are sent again.',
        'SIGHUP has the rules read again and never ends it; relay.yaml is read at the start only.',
      ].join(' '),
    )
    .addOption(configOption())
    .option('-p, --port <port>', 'instead of server.port; 0 picks a free one', parsePort)
    .option('--host <address>', 'instead of server.host')
    .option('--insecure', 'allow an endpoint without keys, on a loopback address only')
    .option(
      '--no-endpoint',
      'only consume: Event Grid writes into the queue itself, or another process listens',
    )
    .option('--no-consumer', 'only listen: other processes consume')
    .addHelpText(
      'after',
      `
Variables come from the environment and from the file .env beside relay.yaml; what is set in the environment wins.
  XDR_RELAY_CONFIG      the configuration, as --config
  XDR_RELAY_LOG_LEVEL   debug, info, warn or error, instead of log.level
  AZURE_*               credentials, where relay.yaml has no connection string (DefaultAzureCredential)

While the storage account does not answer or refuses, the start waits and tries again: /events answers 503, /readyz says why.

Exit code: 0 after a clean end, 1 when it cannot start or go on, 130 after a second Ctrl-C.

Examples:
  xdr-relay serve
  xdr-relay serve --config /etc/xdr-relay/relay.yaml --no-endpoint`,
    )
    .action(runServe);
}

async function runServe(options: Options, command: Command): Promise<void> {
  const { config, port, host, insecure = false, endpoint, consumer } = options;
  if (!endpoint && !consumer) {
    command.error('error: with --no-endpoint and --no-consumer there is nothing left to do', { exitCode: 2 });
  }
  const signal = abortOnSignals();
  const onHangup = followHangups();
  await loadEnvFileBeside(config);
  const { serve } = await import('../../hosts/node/serve.ts');
  try {
    await serve({
      configFile: config,
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      insecure,
      endpoint,
      consumer,
      signal,
      onHangup,
    });
  } finally {
    // A connection that somebody keeps alive must not keep the process: what matters is closed by now.
    setTimeout(() => process.exit(), 2000).unref();
  }
}
