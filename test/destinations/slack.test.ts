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
import { LEVELS } from '../../src/shared/event.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope } from './samples.ts';

const signal = new AbortController().signal;

function configOf(url: string) {
  return slackConfig.parse({ type: 'slack', webhook_url: url, allow_networks: ['127.0.0.0/8'] });
}

describe('slack', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    receiverOver: SlackReceiverOptions = {},
  ): Promise<{ destination: Destination; receiver: SlackReceiver }> {
    const receiver = await startSlackReceiver({ store: true, ...receiverOver });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const destination = createDestination('soc-slack', configOf(receiver.url), depsOf(nodeHttpClient, clock));
    closers.push(() => destination.close(), receiver.close);
    return { destination, receiver };
  }

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
      const { destination } = await open({ fault: () => faults.shift() });
      const sent = destination.send(batchOf(destination, [alert(1)]), signal);
      await expect(sent).rejects.toMatchObject({ code: 'throttled', retryAfterMs: ms });
    }
  });

  it('stays within Slack’s limits whatever the row and the rule hold', async () => {
    const { destination, receiver } = await open({ intervalMs: 0 });
    const long = '<&>`*_@channel \u202e'.repeat(300);
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
    const empty = envelope(1, { time: '', table: '', rule: { title: '' }, event: {} });
    await destination.send(batchOf(destination, [empty]), signal);
    expect(receiver.counts.refused).toBe(0);
    expect(receiver.counts.events).toBe(huge.length + 1);
  });
});
