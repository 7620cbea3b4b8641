/** Runs the relay in this process until a signal ends it. */
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { followBrokenPipe, followHangups } from '../signals.ts';
import { UsageError } from '../usage-error.ts';

export interface ServeCommandOptions {
  readonly config: string;
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly monitoringPort: number | undefined;
  readonly monitoringHost: string | undefined;
  readonly consolePort: number | undefined;
  readonly consoleHost: string | undefined;
  readonly insecure: boolean;
  readonly endpoint: boolean;
  readonly consumer: boolean;
  readonly strictRules: boolean;
}

/** How long after the shutdown the process still waits for clients that keep connections open. Everything else is closed by then. Milliseconds. */
const LINGER_MS = 2_000;

export async function runServe(
  {
    config,
    port,
    host,
    monitoringPort,
    monitoringHost,
    consolePort,
    consoleHost,
    insecure,
    endpoint,
    consumer,
    strictRules,
  }: ServeCommandOptions,
  _out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (!endpoint && !consumer) {
    throw new UsageError(
      'nothing_to_do',
      'with --no-endpoint and --no-consumer there is nothing left to do: give one of the two',
    );
  }
  const onHangup = followHangups();
  const [{ loadEnvFileBeside }, { serve }] = await Promise.all([
    import('../../hosts/node/config-file.ts'),
    import('../../hosts/node/serve.ts'),
  ]);
  const environment = { ...process.env };
  await loadEnvFileBeside(config);
  try {
    await serve({
      configFile: config,
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(monitoringPort === undefined ? {} : { monitoringPort }),
      ...(monitoringHost === undefined ? {} : { monitoringHost }),
      ...(consolePort === undefined ? {} : { consolePort }),
      ...(consoleHost === undefined ? {} : { consoleHost }),
      insecure,
      endpoint,
      consumer,
      strictRules,
      signal,
      onHangup,
      onBrokenPipe: followBrokenPipe,
      environment,
    });
    return EXIT.ok;
  } finally {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}
