import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { messageContent } from '../../lab/receivers/message-content.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import {
  type SlackReceiver,
  type SlackReceiverOptions,
  startSlackReceiver,
} from '../../lab/receivers/slack.ts';
import type { AlertMessage, Message } from '../../src/alerts/message.ts';
import { createMessenger } from '../../src/destinations/create-messenger.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { OpenMessenger } from '../../src/destinations/open-messenger.ts';
import { slackConfig } from '../../src/destinations/slack/config.ts';
import { knownWords } from '../../src/destinations/slack/words.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { SAMPLE_LINKS, SAMPLES } from './message-samples.ts';

const signal = new AbortController().signal;
const LOOPBACK = ['127.0.0.0/8'];

const sample = (name: string): Message => SAMPLES[name]?.messages[0] ?? expect.fail(name);
const alertSample = (name: string): AlertMessage => {
  const message = sample(name);
  return message.kind === 'alert' ? message : expect.fail(name);
};

describe('telling Slack of groups of alerts', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    way: 'webhook' | 'bot',
    options: SlackReceiverOptions = {},
    over: object = {},
  ): Promise<{ messenger: OpenMessenger; receiver: SlackReceiver }> {
    const receiver = await startSlackReceiver({ store: true, ...options });
    const entry =
      way === 'webhook'
        ? { webhook_url: receiver.url }
        : { token: receiver.token, channel: 'soc-alerts', api_url: receiver.api };
    const config = slackConfig.parse({ type: 'slack', allow_networks: LOOPBACK, ...entry, ...over });
    const messenger = createMessenger(config, { ...depsOf(nodeHttpClient), links: SAMPLE_LINKS });
    if (messenger === undefined) return expect.fail('no messenger');
    closers.push(messenger.close, receiver.close);
    return { messenger, receiver };
  }

  it('is a new message each time by a webhook', async () => {
    const { messenger, receiver } = await open('webhook');
    expect(messenger).toMatchObject({ updates: 'none', wantsEnd: false, intervalMs: 1_000 });
    expect(await messenger.say(sample('single'), undefined, signal)).toBeUndefined();
    await messenger.say(sample('burst'), undefined, signal);
    await messenger.say(sample('operational'), undefined, signal);
    await messenger.digest(SAMPLES.digest?.messages ?? [], signal);
    expect(receiver.counts).toMatchObject({ events: 4, refused: 0 });
    expect(receiver.received.map((one) => messageContent(one).groups)).toEqual([
      [{ id: alertSample('single').groupId, count: 1 }],
      [{ id: alertSample('burst').groupId, count: 47 }],
      [],
      expect.arrayContaining([{ id: alertSample('whole-rule').groupId, count: 1_960 }]),
    ]);
    expect(messageContent(receiver.received[2]).operational).toBe(true);
  });

  it('changes the first message and tells its thread what is new, with a bot’s token', async () => {
    const { messenger, receiver } = await open('bot');
    expect(messenger.updates).toBe('in_place');
    const first = { ...alertSample('burst'), phase: 'first' as const, count: 1 };
    const posted = await messenger.say(first, undefined, signal);
    expect(posted).toMatch(/^C0123456789 \d+\.\d+ 1$/);
    const after = await messenger.say(sample('burst'), posted, signal);
    expect(after).toBe(posted?.replace(/1$/, '47'));
    const [message, ...others] = receiver.workspace.messages('soc-alerts');
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      edits: 1,
      text: '🔴 CRITICAL Shadow Copies or Backups Deleted on pc-27.contoso.com (×47)',
      replies: [{ text: 'Now 47 times (46 more): Shadow Copies or Backups Deleted on pc-27.contoso.com' }],
    });
    expect(receiver.counts.refused).toBe(0);
  });

  it('says that a trouble is over in its place', async () => {
    const { messenger, receiver } = await open('bot');
    const posted = await messenger.say(sample('operational'), undefined, signal);
    await messenger.say(sample('operational-over'), posted, signal);
    expect(receiver.workspace.messages('soc-alerts')).toMatchObject([
      { text: 'xdr-relay: ✅ OVER splunk is in service again', replies: [{}] },
    ]);
  });

  it('posts anew where the first message is gone, or its channel archived', async () => {
    const channels = [
      { id: 'C0000001', name: 'old' },
      { id: 'C0123456789', name: 'soc-alerts' },
    ];
    const { messenger, receiver } = await open('bot', { channels });
    const posted = (await messenger.say(sample('burst'), undefined, signal)) ?? '';
    receiver.workspace.remove('C0123456789', posted.split(' ')[1] ?? '');
    const again = await messenger.say(sample('burst'), posted, signal);
    expect(again).not.toBe(posted);
    expect(receiver.workspace.messages('soc-alerts')).toMatchObject([{ edits: 0, replies: [] }]);
    receiver.workspace.archive('C0000001');
    await messenger.say(sample('burst'), 'C0000001 1.000001 3', signal);
    await messenger.say(sample('burst'), 'not what we wrote', signal);
    expect(receiver.workspace.messages('soc-alerts')).toHaveLength(3);
  });

  it('repeats the change and not the message, where the reply in the thread was lost', async () => {
    const faults: Fault[] = [
      undefined,
      undefined,
      { status: 500, body: '{"ok":false,"error":"fatal_error"}' },
    ];
    const { messenger, receiver } = await open('bot', { fault: () => faults.shift() });
    const posted = await messenger.say(sample('single'), undefined, signal);
    await expect(messenger.say(sample('burst'), posted, signal)).rejects.toBeInstanceOf(RetryableError);
    await messenger.say(sample('burst'), posted, signal);
    expect(receiver.workspace.messages('soc-alerts')).toMatchObject([{ edits: 2, replies: [{}] }]);
  });

  it('obeys the wait that a 429 names', async () => {
    for (const way of ['webhook', 'bot'] as const) {
      const { messenger } = await open(way, { intervalMs: 60_000 });
      await messenger.say(sample('single'), undefined, signal);
      await expect(messenger.say(sample('mail'), undefined, signal)).rejects.toMatchObject({
        code: 'throttled',
        retryAfterMs: 1_000,
      });
    }
  });

  const KINDS = {
    channel: DestinationRefusedError,
    access: DestinationRefusedError,
    message: RowsRefusedError,
    earlier_message: RowsRefusedError,
    pace: RetryableError,
    passing: RetryableError,
  } as const;

  it('takes every word of Slack’s for what it means', async () => {
    let body = '';
    const { messenger } = await open('bot', { fault: () => ({ status: 200, body }) });
    expect(knownWords().length).toBeGreaterThan(80);
    for (const [word, about] of knownWords()) {
      body = JSON.stringify({ ok: false, error: word });
      const said = messenger.say(sample('single'), undefined, signal);
      await expect(said, word).rejects.toBeInstanceOf(KINDS[about]);
      await expect(said, word).rejects.toThrow(word);
    }
  });

  it.each([
    [200, '<html><title>Sign in</title></html>'],
    [200, 'ok'],
    [200, ''],
    [200, '{"ok":"true"}'],
    [200, '{"ok":false}'],
    [200, '{"ok":false,"error":"something_new"}'],
    [202, 'accepted'],
  ])('takes %i %j of the Web API for no acceptance, and loses nothing', async (status, body) => {
    const { messenger } = await open('bot', { fault: () => ({ status, body }) });
    await expect(messenger.say(sample('single'), undefined, signal)).rejects.toMatchObject({
      code: 'bad_reply',
    });
  });

  it('keeps the token out of what it says of a failure', async () => {
    const { messenger, receiver } = await open('bot', {
      fault: ({ headers }) => ({ status: 403, body: `no: ${headers.authorization}` }),
    });
    const error = await messenger.say(sample('single'), undefined, signal).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(receiver.token);
  });

  it('is taken by a Slack that enforces its limits, whatever rows, rules and entities hold', async () => {
    const { messenger, receiver } = await open('bot');
    const text = fc.oneof(
      fc.constantFrom(
        '',
        ' \n ',
        '<!channel>',
        '<https://evil.example|Open>',
        '*_~`@channel',
        '"\\'.repeat(3_000),
        '&'.repeat(5_000),
        '€😀'.repeat(3_000),
        '\u{e0041}'.repeat(3_000),
        '\ud800',
      ),
      fc.string({ unit: 'binary' }),
    );
    const many = fc.array(text, { maxLength: 30 });
    const messages = fc.record({
      base: fc.constantFrom('single', 'burst', 'defender', 'whole-rule'),
      text,
      many,
    });
    await fc.assert(
      fc.asyncProperty(
        messages,
        fc.nat({ max: 900_000_000 }),
        async ({ base, text: one, many: all }, count) => {
          const message = hostile(alertSample(base), one, all, count + 1);
          const posted = await messenger.say(message, undefined, signal);
          await messenger.say(message, posted, signal);
          await messenger.digest(
            Array.from({ length: 100 }, (_unused, at) => ({
              ...message,
              groupId: at.toString(16).padStart(32, '0'),
              envelope: { ...message.envelope, rule: { title: `${at % 20}${one}` } },
            })),
            signal,
          );
          const [whole, changed, reply, digest] = receiver.received.slice(-4);
          for (const sent of [whole, changed, reply, digest]) {
            expect(Buffer.byteLength(JSON.stringify(sent?.blocks))).toBeLessThan(12_000);
            for (const mention of mrkdwnIn(sent?.blocks ?? []))
              expect(mention).toMatch(/^<(?:https:\/\/|!date\^)/);
          }
          expect(messageContent(whole).groups).toEqual([{ id: message.groupId, count: count + 1 }]);
        },
      ),
      { numRuns: 20 },
    );
    expect(receiver.counts.refused).toBe(0);
  });
});

/** Everything in angle brackets, which is how Slack marks links, dates and mentions. */
function mrkdwnIn(blocks: readonly unknown[]): readonly string[] {
  return JSON.stringify(blocks).match(/<[^>]*>?/g) ?? [];
}

function hostile(message: AlertMessage, text: string, many: readonly string[], count: number): AlertMessage {
  const columns =
    'DeviceName DeviceId AccountUpn FileName InitiatingProcessFileName ProcessCommandLine ActionType';
  return {
    ...message,
    count,
    firstTime: text,
    lastTime: text,
    groupedBy: [{ column: text, value: text }],
    others: many.map((title) => ({ rule: { title }, severity: 'high' })),
    entities: [
      { kind: 'host', first: many.map((name) => ({ kind: 'host', name: name || 'x', id: text })), more: 3 },
      { kind: 'user', first: [{ kind: 'user', name: text || 'x' }], more: 0 },
    ],
    ...(message.defender && {
      defender: { ...message.defender, title: text, category: text, alertId: text, techniques: many },
    }),
    envelope: {
      ...message.envelope,
      table: text,
      tenant: text,
      rule: {
        title: text,
        id: text,
        description: text,
        tags: many,
        falsepositives: many,
        matched: many.map((value) => ({ column: text, value })),
      },
      event: Object.fromEntries(columns.split(' ').map((column) => [column, text])),
    },
  };
}

describe('the entry of a Slack destination', () => {
  const parse = (entry: object) => slackConfig.safeParse({ type: 'slack', ...entry });
  const token = 'xoxb-1-2-x';

  it('has a webhook, or a token with a channel', () => {
    expect(parse({ webhook_url: 'https://hooks.slack.com/services/x' }).success).toBe(true);
    expect(parse({ token, channel: 'C0123456789' }).success).toBe(true);
    expect(parse({ token, channel: '#soc-alerts' }).success).toBe(true);
    for (const entry of [
      {},
      { token },
      { channel: 'C0123456789' },
      { webhook_url: 'https://hooks.slack.com/services/x', token, channel: 'soc' },
      { webhook_url: 'https://hooks.slack.com/services/x', channel: 'soc' },
      { token: 'https://hooks.slack.com/services/x', channel: 'soc' },
      { token, channel: 'has blank' },
    ]) {
      expect(parse(entry).success, JSON.stringify(entry)).toBe(false);
    }
  });

  it.each([
    ['https://slack.com/api', true],
    ['https://slack-gov.com/api/', true],
    ['http://slack.com/api', false],
    ['https://slack.com.evil.example/api', false],
    ['https://evil.example/api', false],
    ['https://user@slack.com/api', false],
    ['https://slack.com:8443/api', false],
    ['http://127.0.0.1:9000/api', true],
    ['http://10.0.0.1/api', false],
  ])('sends its token to %s: %s', (api_url, success) => {
    expect(parse({ token, channel: 'soc', api_url, allow_networks: LOOPBACK }).success).toBe(success);
  });
});
