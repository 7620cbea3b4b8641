/** Asks the relay on this machine for its health. Imports little: a container's runtime runs this every few seconds. */
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { z } from 'zod';
import { type MonitoringAddress, monitoringAddress } from '../../config/monitoring-address.ts';
import { systemClock } from '../../shared/clock.ts';
import { foreignCodeOf, messageOf } from '../../shared/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { visible } from '../text.ts';
import { UsageError } from '../usage-error.ts';

export interface HealthCommandOptions {
  readonly config: string;
  readonly ready: boolean;
  /** Instead of `monitoring.port`. */
  readonly port: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The most that is read of an answer. Bytes. */
const MAX_ANSWER = 64 * 1024;

const notReady = z.object({
  checks: z.record(
    z.string(),
    z.object({ ok: z.boolean(), error: z.object({ message: z.string() }).optional() }),
  ),
});

export async function runHealth(
  { config, ready, port: givenPort, timeout }: HealthCommandOptions,
  out: Output,
): Promise<ExitCode> {
  const address = monitoringAddress(await textOf(config), process.env);
  const port = givenPort ?? address.port;
  if (port === 0) {
    throw new UsageError(
      'port_unknown',
      'monitoring.port is 0, so that the relay picks a free port: give the one in its log with --port',
    );
  }
  const path = ready ? '/readyz' : '/healthz';
  const where = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`;
  const key = ready && address.hasKeys ? await monitoringKey(config) : undefined;
  const answer = await ask({ host: address.host, port, path, key }, timeout);
  const failure = failureOf(answer, timeout);
  if (failure !== undefined) {
    out.note(`The relay at ${where} ${failure}`);
    return EXIT.failed;
  }
  out.print(`The relay at ${where} ${ready ? 'is ready' : 'runs'}`);
  return EXIT.ok;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The first of `monitoring.keys`, which takes the whole of relay.yaml, since a key is a secret. Throws ConfigError. */
async function monitoringKey(config: string): Promise<string | undefined> {
  const { loadConfigFile, loadEnvFileBeside } = await import('../../hosts/node/config-file.ts');
  await loadEnvFileBeside(config);
  return (await loadConfigFile(config)).config.monitoring.keys[0];
}

interface Question extends Pick<MonitoringAddress, 'host' | 'port'> {
  readonly path: string;
  readonly key: string | undefined;
}

type Answer =
  | { readonly status: number; readonly body: string }
  | { readonly trouble: string }
  | { readonly late: true };

/** Sends one request and reads its answer, within `withinMs`. Never rejects. */
async function ask({ host, port, path, key }: Question, withinMs: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const request = get({
    host,
    port,
    path,
    agent: false,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  const cancel = systemClock.after(withinMs, () => resolve({ late: true }));
  request.on('error', (error) => resolve({ trouble: foreignCodeOf(error) ?? messageOf(error) }));
  request.on('response', (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('error', (error) => resolve({ trouble: messageOf(error) }));
    response.on('data', (chunk: string) => {
      body = (body + chunk).slice(0, MAX_ANSWER);
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
  });
  try {
    return await promise;
  } finally {
    cancel();
    request.destroy();
  }
}

/** What is wrong, as the end of a sentence about the relay; undefined if nothing is. */
function failureOf(answer: Answer, withinMs: number): string | undefined {
  if ('late' in answer) return `did not answer within ${withinMs} ms`;
  if ('trouble' in answer) return `cannot be reached (${answer.trouble})`;
  if (answer.status === 200) return undefined;
  if (answer.status === 401) return 'answered 401: the key in monitoring.keys is not the one it has';
  const reasons = reasonsIn(answer.body);
  return reasons === '' ? `answered ${answer.status}` : `is not ready: ${reasons}`;
}

function reasonsIn(body: string): string {
  try {
    const { checks } = notReady.parse(JSON.parse(body));
    return Object.entries(checks)
      .filter(([, { ok }]) => !ok)
      .map(([name, { error }]) => visible(`${name}: ${error?.message ?? 'failed'}`))
      .join('; ');
  } catch {
    return '';
  }
}
