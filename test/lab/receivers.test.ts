import { request } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonSequence } from '../../lab/receivers/json.ts';
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { startTeamsReceiver } from '../../lab/receivers/teams.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';

async function post(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  const reply = await fetch(url, { method: 'POST', body, headers });
  return [reply.status, await reply.text()];
}

describe('JSON values one after the other', () => {
  it('are split as they were joined, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 }), {
          maxLength: 4,
        }),
        fc.constantFrom('', '\n', ' \r\n '),
        (values, gap) => {
          const texts = values.map((value) => JSON.stringify(value));
          const pieces = [...jsonSequence(texts.join(gap) + gap)];
          expect(pieces.map((piece) => JSON.stringify('value' in piece && piece.value))).toEqual(
            texts.map((text) => JSON.stringify(JSON.parse(text))),
          );
        },
      ),
    );
  });

  it('end at the first that can’t be read', () => {
    expect([...jsonSequence('{"a":1}{"b":')]).toEqual([
      { value: { a: 1 } },
      { error: 'Invalid data format' },
    ]);
    expect([...jsonSequence('[1]')]).toEqual([{ value: [1] }]);
    expect([...jsonSequence('{"a":"\\')]).toHaveLength(1);
  });
});

describe('the other receivers', () => {
  it('Slack’s knows its limits', async () => {
    const receiver = await startSlackReceiver({ intervalMs: 60_000 });
    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
    const bad = [
      'nonsense',
      '{}',
      { text: 'x', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) },
      { text: 'x', blocks: [section('x'.repeat(3_001))] },
      { text: 'x', blocks: [section('')] },
      { text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] },
      {
        text: 'x',
        blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => section('x').text) }],
      },
      { text: 'x', blocks: [{ type: 'section', fields: [section('x'.repeat(2_001)).text] }] },
      { text: 'x', blocks: [{ type: 'video' }] },
      { text: 'x', blocks: Array.from({ length: 5 }, () => section('x'.repeat(2_500))) },
      { text: 'x', blocks: [{ ...section('y'), block_id: 'x'.repeat(256) }] },
      {
        text: 'x',
        blocks: [
          { ...section('y'), block_id: 'same' },
          { ...section('z'), block_id: 'same' },
        ],
      },
    ];
    for (const body of bad) {
      expect((await post(receiver.url, typeof body === 'string' ? body : JSON.stringify(body)))[0]).toBe(400);
    }
    expect(await post(receiver.url, JSON.stringify({ text: 'x', blocks: [section('y')] }))).toEqual([
      200,
      'ok',
    ]);
    expect((await post(receiver.url, JSON.stringify({ text: 'x' })))[0]).toBe(429);
    expect((await post(`${receiver.origin}/services/other`, '{"text":"x"}'))[0]).toBe(404);
    await receiver.close();
  });

  it('Slack’s Web API keeps channels, threads and changes, and refuses in Slack’s words', async () => {
    const receiver = await startSlackReceiver({
      intervalMs: 60_000,
      updatesPerMinute: 2,
      channels: [
        { id: 'C1', name: 'soc' },
        { id: 'C2', name: 'other' },
        { id: 'C3', name: 'alien', joined: false },
      ],
    });
    const call = async (method: string, body: unknown, headers: Record<string, string> = {}) => {
      const [status, text] = await post(`${receiver.api}/${method}`, JSON.stringify(body), {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${receiver.token}`,
        ...headers,
      });
      return { status, ...JSON.parse(text) };
    };
    const bad: [string, object, string, Record<string, string>?][] = [
      ['chat.delete', {}, 'unknown_method'],
      ['chat.postMessage', {}, 'invalid_auth', { authorization: 'Bearer other' }],
      ['chat.postMessage', {}, 'invalid_post_type', { 'content-type': 'text/plain' }],
      ['chat.postMessage', { channel: 'C1', text: 'x', markdown: true }, 'invalid_arguments'],
      ['chat.postMessage', { channel: 'C9', text: 'x' }, 'channel_not_found'],
      ['chat.postMessage', { channel: 'C3', text: 'x' }, 'not_in_channel'],
      ['chat.postMessage', { channel: 'C1' }, 'no_text'],
      ['chat.postMessage', { channel: 'C1', text: 'x', blocks: [{ type: 'video' }] }, 'invalid_blocks'],
      ['chat.postMessage', { channel: 'C1', text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
      ['chat.update', { channel: 'C1', ts: '1.000001', text: 'x' }, 'message_not_found'],
      ['chat.update', { channel: 'soc', ts: '1.000001', text: 'x' }, 'channel_not_found'],
    ];
    for (const [method, body, error, headers] of bad) {
      expect(await call(method, body, headers)).toMatchObject({ status: 200, ok: false, error });
    }
    const { ok, channel, ts } = await call('chat.postMessage', { channel: '#soc', text: 'one' });
    expect({ ok, channel }).toEqual({ ok: true, channel: 'C1' });
    const soon = await call('chat.postMessage', { channel: 'C1', text: 'two' });
    expect(soon).toMatchObject({ status: 429, ok: false, error: 'ratelimited' });
    expect(await call('chat.postMessage', { channel: 'C2', text: 'elsewhere' })).toMatchObject({ ok: true });
    for (const text of ['changed', 'again']) {
      expect(await call('chat.update', { channel, ts, text })).toMatchObject({ ok: true, ts });
    }
    expect(await call('chat.update', { channel, ts, text: 'third' })).toMatchObject({ error: 'ratelimited' });
    expect(receiver.workspace.messages('soc')).toMatchObject([{ text: 'again', edits: 2, replies: [] }]);
    expect(receiver.counts).toMatchObject({ events: 2, refused: bad.length + 2 });
    expect(receiver.throttled()).toBe(2);
    receiver.workspace.archive('C3');
    expect(await call('chat.postMessage', { channel: 'C3', text: 'x' })).toMatchObject({
      error: 'is_archived',
    });
    await receiver.close();
  });

  it('Teams’s wants its signature, and a card that Teams shows', async () => {
    const receiver = await startTeamsReceiver();
    const run = (over: object) => ({ type: 'TextRun', text: 'x', ...over });
    const message = (over: object, block: object = { type: 'RichTextBlock', inlines: [run({})] }) => ({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.5',
            body: [block],
            ...over,
          },
        },
      ],
    });
    const block = (over: object) => message({}, { type: 'RichTextBlock', inlines: [run(over)] });
    const bad = [
      {},
      { type: 'message', attachments: [] },
      message({ version: '1.6' }),
      message({ body: [] }),
      message({}, { type: 'Bogus' }),
      block({ text: '' }),
      block({ weight: 'Bold' }),
      block({ colour: 'red' }),
      block({ selectAction: { type: 'Action.OpenUrl', url: 'javascript:alert(1)' } }),
      message({
        actions: Array.from({ length: 7 }, () => ({ type: 'Action.OpenUrl', title: 'a', url: 'https://a' })),
      }),
    ];
    for (const body of bad) {
      expect([(await post(receiver.url, JSON.stringify(body)))[0], body]).toEqual([400, body]);
    }
    expect((await post(receiver.url, JSON.stringify(block({ text: 'x'.repeat(29_000) }))))[0]).toBe(413);
    expect((await post(receiver.url.replace('sig=', 'sig=x'), JSON.stringify(message({}))))[0]).toBe(401);
    expect((await post(`${receiver.origin}/other`, '{}'))[0]).toBe(404);
    expect(await post(receiver.url, JSON.stringify(message({})))).toEqual([202, '']);
    expect(receiver.counts.events).toBe(1);
    await receiver.close();
  });

  it('close at once, open connections or not', async () => {
    const receiver = await startWebhookReceiver({});
    const pending = request(receiver.url, { method: 'POST' });
    pending.on('error', () => {});
    pending.write('{');
    await new Promise((resolve) => pending.once('socket', (socket) => socket.once('connect', resolve)));
    await receiver.close();
  });
});
