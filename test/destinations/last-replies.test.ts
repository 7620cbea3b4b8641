/** What is remembered of the last requests to a destination, over real sockets. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { redact } from '../../src/config/redact.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { LastReplies, MOST_LAST_REPLIES } from '../../src/destinations/last-replies.ts';
import type { DestinationConfig } from '../../src/destinations/list.ts';
import { slackConfig } from '../../src/destinations/slack/config.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { group } from './messages.ts';
import { alert, batchOf, envelope } from './samples.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const LOCAL = { allow_networks: ['127.0.0.0/8'] };
const closers: (() => Promise<unknown>)[] = [];
const signal = new AbortController().signal;

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function open(name: string, config: DestinationConfig) {
  const replies = new LastReplies({ clock: new FakeClock(NOW), hide: (text) => redact(text, []) });
  const destination = createDestination(name, config, { ...depsOf(nodeHttpClient), replies });
  closers.push(() => destination.close());
  return { destination, last: () => replies.all.get(name) ?? [], replies };
}

async function webhook(fault: () => Fault | undefined, header = 'a-secret-of-the-header') {
  const receiver = await startWebhookReceiver({ fault });
  closers.push(receiver.close);
  const config = webhookConfig.parse({
    type: 'webhook',
    url: receiver.url,
    headers: { 'X-Api-Key': header },
    ...LOCAL,
  });
  const { destination, ...rest } = open('hook', config);
  const send = (from = signal) => destination.send(batchOf(destination, [envelope(1), envelope(2)]), from);
  return { ...rest, send };
}

describe('the last replies of a destination', () => {
  it('tell how each request ended, the newest first', async () => {
    const faults: (Fault | undefined)[] = [
      undefined,
      { status: 503, body: 'busy\u0000 now' },
      { status: 400, body: 'row 1 is bad' },
      { status: 401 },
      'reset',
    ];
    const { last, send } = await webhook(() => faults.shift());
    for (let n = 0; n < 5; n++) await send().catch(() => {});
    expect(last().map(({ result, status, code, excerpt }) => [result, status, code, excerpt])).toEqual([
      ['failed', undefined, 'connection_lost', undefined],
      ['refused', 401, 'not_authorized', undefined],
      ['refused', 400, 'rows_refused', 'row 1 is bad'],
      ['failed', 503, 'server_error', 'busy now'],
      ['accepted', 204, undefined, undefined],
    ]);
    for (const { at, rows, ms } of last()) expect([at, rows, ms]).toEqual([NOW, 2, 0]);
    expect(last()[3]?.message).toContain('answered 503: busy now');
  });

  it('are few, short and without secrets', async () => {
    const secret = 'a-secret-of-the-header';
    const body = `${secret} Authorization: Bearer abcdefgh12345678 ${'x'.repeat(100_000)}`;
    const { last, send } = await webhook(() => ({ status: 500, body }), secret);
    for (let n = 0; n < MOST_LAST_REPLIES + 5; n++) await send().catch(() => {});
    expect(last()).toHaveLength(MOST_LAST_REPLIES);
    for (const reply of last()) {
      expect(reply.excerpt?.length).toBe(300);
      expect(reply.message?.length).toBeLessThanOrEqual(300);
      expect(JSON.stringify(reply)).not.toMatch(/a-secret|abcdefgh/);
    }
  });

  it('do not tell of a request that was given up', async () => {
    const { last, send } = await webhook(() => ({ delayMs: 60_000 }));
    const abort = new AbortController();
    const sent = send(abort.signal);
    abort.abort(new Error('the visit ends'));
    await expect(sent).rejects.toThrow('the visit ends');
    expect(last()).toEqual([]);
  });

  it('tell of a batch that is acknowledged later when it is', async () => {
    const receiver = await startHecReceiver({ token: TOKEN, acknowledgeAfter: 0 });
    closers.push(receiver.close);
    const { destination, last } = open(
      'splunk',
      splunkHecConfig.parse({
        type: 'splunk_hec',
        url: receiver.origin,
        token: TOKEN,
        acknowledgement: true,
        ...LOCAL,
      }),
    );
    const handover = await destination.openPipeline?.().handOver(batchOf(destination, [envelope(1)]), signal);
    expect(last()).toEqual([]);
    await handover?.acknowledged;
    expect(last()).toMatchObject([{ result: 'accepted', status: 200, rows: 1 }]);
  });

  it('tell of messages to people', async () => {
    const receiver = await startSlackReceiver();
    closers.push(receiver.close);
    const { destination, last } = open(
      'soc',
      slackConfig.parse({ type: 'slack', webhook_url: receiver.url, ...LOCAL }),
    );
    await destination.messenger?.say(group(1), undefined, signal);
    await destination.messenger?.digest([group(1), group(2)], signal);
    await destination.send(batchOf(destination, [alert(1)]), signal);
    expect(last()).toMatchObject([
      { result: 'accepted', status: 200, rows: 1 },
      { result: 'accepted', status: 200, rows: 2 },
      { result: 'accepted', status: 200, rows: 1, excerpt: 'ok' },
    ]);
  });

  it('are of a bounded number of destinations', () => {
    const { replies } = open('hook', webhookConfig.parse({ type: 'webhook', url: 'https://hook.example' }));
    for (let n = 0; n < 300; n++) replies.begin(`d${n}`, 1, signal).ended();
    expect(replies.all.size).toBe(200);
  });
});
