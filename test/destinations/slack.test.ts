import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import {
  type SlackReceiver,
  type SlackReceiverOptions,
  startSlackReceiver,
} from '../../lab/receivers/slack.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { slackConfig } from '../../src/destinations/slack/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { LEVELS } from '../../src/shared/event.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope } from './samples.ts';

const signal = new AbortController().signal;

function configOf(url: string, over: Record<string, unknown> = {}) {
  return slackConfig.parse({ type: 'slack', webhook_url: url, allow_networks: ['127.0.0.0/8'], ...over });
}

describe('slack', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    receiverOver: SlackReceiverOptions = {},
    over: Record<string, unknown> = {},
    realClock?: Clock,
  ): Promise<{ destination: Destination; receiver: SlackReceiver; clock: FakeClock }> {
    const receiver = await startSlackReceiver({ store: true, ...receiverOver });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const destination = createDestination(
      'soc-slack',
      configOf(receiver.url, over),
      depsOf(nodeHttpClient, realClock ?? clock),
    );
    closers.push(() => destination.close(), receiver.close);
    return { destination, receiver, clock };
  }

  it('posts a message an alert, never faster than one a second over concurrent batches', async () => {
    const { destination, receiver, clock } = await open({}, { concurrency: 2 });
    await Promise.all([
      destination.send(batchOf(destination, [alert(1), alert(2)], 'a'), signal),
      destination.send(batchOf(destination, [alert(3), alert(4)], 'b'), signal),
    ]);
    expect(receiver.counts.events).toBe(4);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(3_000);
  });

  it('keeps Slack’s pace on a real clock', async () => {
    const { destination, receiver } = await open({ intervalMs: 700 }, {}, systemClock);
    await destination.send(batchOf(destination, [alert(1), alert(2)]), signal);
    expect(receiver.counts).toMatchObject({ events: 2, refused: 0 });
  });

  it('holds every message off for as long as Slack asks', async () => {
    const faults: Fault[] = [{ status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' }];
    const { destination, clock } = await open({ fault: () => faults.shift() });
    const first = destination.send(batchOf(destination, [alert(1)]), signal);
    await expect(first).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 30_000 });
    await destination.send(batchOf(destination, [alert(2)]), signal);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000);
  });

  it('does not sit out a long pause itself', async () => {
    const faults: Fault[] = [{ status: 429, headers: { 'retry-after': '600' }, body: 'rate_limited' }];
    const { destination, receiver, clock } = await open({ fault: () => faults.shift() });
    const send = () => destination.send(batchOf(destination, [alert(1)]), signal);
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 600_000 });
    clock.advance(200_000);
    await expect(send()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 400_000 });
    expect(receiver.counts.requests).toBe(1);
    clock.advance(400_000);
    await send();
    expect(receiver.counts.events).toBe(1);
  });

  it('goes on where a batch stopped, and repeats only what was whole', async () => {
    const faults: Fault[] = [undefined, undefined, { status: 500, body: 'rollup_error' }];
    const { destination, receiver } = await open({ fault: () => faults.shift() });
    const batch = () => batchOf(destination, [alert(1), alert(2), alert(3)]);
    await expect(destination.send(batch(), signal)).rejects.toThrow();
    await destination.send(batch(), signal);
    expect(receiver.counts.events).toBe(3);
    await destination.send(batch(), signal);
    expect(receiver.counts.events).toBe(6);
  });

  it('names the row that Slack refuses', async () => {
    const { destination } = await open({
      fault: (request) => (request.number === 2 ? { status: 400, body: 'invalid_blocks' } : undefined),
    });
    const sent = destination.send(batchOf(destination, [alert(1), alert(2), alert(3)]), signal);
    await expect(sent).rejects.toMatchObject({ name: 'RowsRefusedError', rows: [1] });
  });

  it.each([
    [400, 'no_team'],
    [400, 'channel_not_found'],
    [403, 'action_prohibited'],
    [404, 'no_service'],
    [410, 'channel_is_archived'],
  ])('takes %i %s for a refusal of the destination', async (status, body) => {
    const { destination } = await open({ fault: () => ({ status, body }) });
    const sent = destination.send(batchOf(destination, [alert(1)]), signal);
    await expect(sent).rejects.toBeInstanceOf(DestinationRefusedError);
  });

  it.each([
    ['channel_not_found', DestinationRefusedError],
    ['invalid_auth', DestinationRefusedError],
    ['invalid_blocks', RowsRefusedError],
    ['msg_blocks_too_long', RowsRefusedError],
    ['rollup_error', RetryableError],
    ['something_new', RetryableError],
  ])('takes 200 with the error %s as the error, in JSON and alone', async (word, kind) => {
    for (const body of [JSON.stringify({ ok: false, error: word }), word]) {
      const { destination } = await open({ fault: () => ({ status: 200, body }) });
      const sent = destination.send(batchOf(destination, [alert(1)]), signal);
      await expect(sent).rejects.toBeInstanceOf(kind);
    }
  });

  it('waits 30 s where Slack names no wait, and no longer than it names', async () => {
    const cases: [Fault, number][] = [
      [{ status: 429, body: 'rate_limited' }, 30_000],
      [{ status: 200, body: '{"ok":false,"error":"ratelimited"}' }, 30_000],
      [{ status: 200, body: '{"ok":false,"error":"ratelimited","retry_after":3}' }, 30_000],
      [{ status: 429, body: '{"retry_after":2,"ok":false}' }, 2_000],
      [{ status: 429, headers: { 'retry-after': '0' }, body: 'rate_limited' }, 0],
    ];
    for (const [fault, ms] of cases) {
      const faults = [fault];
      const { destination, clock } = await open({ fault: () => faults.shift() });
      const send = () => destination.send(batchOf(destination, [alert(1)]), signal);
      await expect(send()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: ms });
      const before = clock.monotonic();
      await send();
      // A message a second is Slack's pace in any case.
      expect(clock.monotonic() - before).toBe(Math.max(ms, 1_000));
    }
  });

  it('makes one digest of many alerts, the gravest first, and leaves its rows to be bisected', async () => {
    const { destination, receiver } = await open();
    const many = Array.from({ length: 20 }, (_, at) =>
      alert(at, {
        severity: at < 3 ? 'critical' : 'low',
        rule: { title: at < 3 ? 'Mimikatz <!channel>' : `Rule ${at % 4}` },
      }),
    );
    await destination.send(batchOf(destination, many), signal);
    expect(receiver.counts.events).toBe(1);
    const [digest] = receiver.received;
    expect(digest?.text).toContain('20 alerts');
    expect(digest?.blocks[1]).toMatchObject({
      text: { text: expect.stringContaining('Mimikatz &lt;!channel&gt;') },
    });
    expect(JSON.stringify(digest)).toContain('`ws-042.contoso.example` ×3');

    const refusing = await open({ fault: () => ({ status: 400, body: 'invalid_blocks' }) });
    const sent = refusing.destination.send(batchOf(refusing.destination, many), signal);
    await expect(sent).rejects.toMatchObject({ name: 'RowsRefusedError', rows: undefined });
    await expect(sent).rejects.toBeInstanceOf(RowsRefusedError);
  });

  it('stays within Slack’s limits whatever the row and the rule hold', async () => {
    const { destination, receiver, clock } = await open({}, { digest_over: 1 });
    const long = '<&>`*_@channel \u202e'.repeat(3_000);
    const rule = {
      title: long,
      id: long,
      description: long,
      tags: Array.from({ length: 60 }, () => long),
      falsepositives: Array.from({ length: 60 }, () => long),
      matched: Array.from({ length: 60 }, () => ({ column: long, value: long })),
    };
    const columns = [
      'Timestamp DeviceName DeviceId AccountUpn FileName InitiatingProcessFileName ProcessCommandLine ActionType',
      'RemoteUrl RegistryKey SenderFromAddress RecipientEmailAddress Subject Application Title AlertId SHA256',
    ]
      .join(' ')
      .split(' ');
    const event = Object.fromEntries(columns.map((column) => [column, long]));
    const huge = [...LEVELS, undefined].map((severity, at) =>
      envelope(at, { ...(severity ? { severity } : {}), rule, event, time: long, table: long, tenant: long }),
    );
    for (const one of huge) await destination.send(batchOf(destination, [one]), signal);
    await destination.send(batchOf(destination, huge), signal);
    const empty = envelope(1, { time: '', table: '', rule: { title: '' }, event: {} });
    await destination.send(batchOf(destination, [empty]), signal);
    await destination.send(batchOf(destination, [empty, empty]), signal);
    expect(receiver.counts.refused).toBe(0);
    expect(receiver.counts.events).toBe(huge.length + 3);
    expect(clock.sleeps.length).toBeGreaterThan(0);
  });
});
