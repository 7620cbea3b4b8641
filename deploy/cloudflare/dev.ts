/** Runs the Worker on this machine: `npm run dev:worker`. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAzurite } from '../../lab/azurite.ts';
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { startWorkerRelay } from '../../lab/relay.ts';
import { routingOf, variable } from '../../lab/relay-config.ts';
import { messageOf } from '../../src/shared/errors.ts';

const PORT = 8787;
/** The receivers are on this machine. */
const ON_LOOPBACK = { allow_networks: ['127.0.0.0/8'] };

/**
 * `npm run dev:worker`: the Worker in workerd, a storage account (Azurite) and receivers that print what comes, all on
 * this machine. A change of the code restarts it.
 */
async function dev(signal: AbortSignal): Promise<void> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-dev-'));
    closing.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    const azurite = await startAzurite();
    closing.push(() => azurite.stop());
    const token = randomBytes(18).toString('hex');
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const show = (name: string) => (value: unknown) => say(`${name} <- ${JSON.stringify(value)}`);
    const splunk = await startHecReceiver({ token, onEvent: show('splunk') });
    const slack = await startSlackReceiver({ onMessage: show('soc-slack') });
    const hook = await startWebhookReceiver({ secret, onEvent: show('hook') });
    closing.push(splunk.close, slack.close, hook.close);

    const key = randomBytes(24).toString('hex');
    const worker = await startWorkerRelay({
      folder,
      config: {
        transforms: fileURLToPath(new URL('../../transforms', import.meta.url)),
        destinations: {
          splunk: {
            type: 'splunk_hec',
            url: splunk.origin,
            token: variable('LAB_HEC_TOKEN'),
            ...ON_LOOPBACK,
          },
          'soc-slack': { type: 'slack', webhook_url: variable('LAB_SLACK_WEBHOOK'), ...ON_LOOPBACK },
          hook: { type: 'webhook', url: hook.url, secrets: [variable('LAB_WEBHOOK_SECRET')], ...ON_LOOPBACK },
        },
        routing: routingOf(['splunk', 'hook'], ['soc-slack'], ['hook']),
        secrets: {
          LAB_STORAGE: azurite.connectionString,
          LAB_ENDPOINT_KEY: key,
          LAB_HEC_TOKEN: token,
          LAB_SLACK_WEBHOOK: slack.url,
          LAB_WEBHOOK_SECRET: secret,
          LAB_HASH_KEY: randomBytes(16).toString('hex'),
        },
      },
      port: PORT,
      onLine: say,
      signal,
    });
    closing.push(() => worker.stop());
    say(`
The Worker runs. Ctrl-C ends it.
  Event Grid's endpoint   ${worker.origin}/events?code=${key}
  Figures                 ${worker.origin}/metrics
  The cron trigger        fires each minute; now: ${worker.origin}/cdn-cgi/handler/scheduled
  Storage account         ${azurite.connectionString}
`);
    if (!signal.aborted) await Promise.race([once(signal, 'abort'), worker.ended]);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
try {
  await dev(stop.signal);
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
