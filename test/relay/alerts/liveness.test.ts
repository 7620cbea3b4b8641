/** What waits for ever, or comes back damaged, keeps no alert from people. */
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../lab/silent.ts';
import { REMEMBERED_MS } from '../../../src/alerts/groups/limits.ts';
import { bucketOf } from '../../../src/alerts/joins/join.ts';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { RetryableError } from '../../../src/destinations/errors.ts';
import { announce } from '../../../src/relay/alerts/announce.ts';
import { takeOverAlerts } from '../../../src/relay/alerts/former.ts';
import { beginSilence } from '../../../src/relay/silences/change.ts';
import { alertsIn, all, batchOf, batchOfRows, numbers, START, total, world } from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;

const TROUBLE: OperationalMessage = {
  kind: 'operational',
  id: 'down-hec',
  phase: 'first',
  severity: 'high',
  title: 'hec is out of service',
  text: 'Nothing is lost.',
  facts: [],
  since: new Date(START).toISOString(),
};

/** A messenger that takes alerts, and no message about the relay while `isRefusing`. */
function withoutTroubles(isRefusing: () => boolean) {
  const made = world({
    messenger: {
      async say(message) {
        if (message.kind === 'operational' && isRefusing()) throw new RetryableError('server_error', '500');
        made.heard.push({ at: made.clock.now(), messages: [message] });
        return undefined;
      },
    },
  });
  return made;
}

describe('An alert', () => {
  it('does not wait for a message about the relay that fails again and again, which is said when it can be', async () => {
    let isRefusing = true;
    const { clock, documents, metrics, consumer, passes, heard } = withoutTroubles(() => isRefusing);
    const people = consumer();
    await announce({ documents, clock, metrics, logger: silentLogger }, 'soc', TROUBLE);
    await announce({ documents, clock, metrics, logger: silentLogger }, 'soc', { ...TROUBLE, phase: 'end' });
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, MINUTE);
    expect(heard.map(({ at, messages }) => [at <= START + 10_000, messages[0]?.kind])).toEqual([
      [true, 'alert'],
    ]);
    isRefusing = false;
    await passes(people, 30 * MINUTE);
    expect(heard.slice(1).map(({ messages }) => messages[0]?.phase)).toEqual(['first', 'end']);
  });

  it('does not wait for documents that are over, however many and however long ago', async () => {
    const { clock, consumer, passes, heard, documents } = world();
    const people = consumer();
    const many = (row: number) => ({ rule: { id: `r${row}`, title: `Rule ${row}` } });
    await people.destination.send(batchOf(numbers(120), many), SIGNAL);
    await passes(people, MINUTE);
    clock.advance(REMEMBERED_MS + 10 * MINUTE);
    heard.length = 0;
    const at = clock.now();
    await people.destination.send(
      batchOf([999], () => ({ rule: { id: 'new', title: 'New' }, level: 'low' })),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(alertsIn(heard)).toMatchObject([{ envelope: { rule: { id: 'new' } } }]);
    expect((heard[0]?.at ?? 0) - at).toBeLessThanOrEqual(2_000);
    expect(Object.keys(people.notifier.index?.shards ?? {})).toHaveLength(1);
    expect((await all(documents.list('alerts/soc/rules/'))).length).toBe(1);
  });

  it.each(['damaged', 'removed'] as const)('is said although the index was %s', async (how) => {
    const { consumer, passes, heard, documents } = world();
    const people = consumer();
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    const stored = await documents.get('alerts/soc/index');
    if (how === 'removed') await documents.remove('alerts/soc/index');
    else await documents.put('alerts/soc/index', { v: 1, shards: 'none' }, stored?.etag);
    await passes(people, 10_000);
    expect(total(heard)).toBe(2);
  });

  it('is said although the index was removed while this consumer knows it, and another alert has begun a new one', async () => {
    const { consumer, passes, heard, documents } = world();
    const people = consumer();
    const first = { rule: { id: 'first', title: 'First' } };
    await people.destination.send(
      batchOf([9], () => first),
      SIGNAL,
    );
    await passes(people, 2 * MINUTE);
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    await documents.remove('alerts/soc/index');
    await people.destination.send(
      batchOf([3], () => ({ rule: { id: 'other', title: 'Other' } })),
      SIGNAL,
    );
    await passes(people, 10_000);
    expect(total(heard)).toBe(4);
  });

  it('and its document, which something else removed and a consumer made anew whose clock is behind, do not keep the notifier busy', async () => {
    const { clock, consumer, passes, heard, documents } = world();
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, MINUTE);
    const [name = ''] = await all(documents.list('alerts/soc/rules/'));
    await documents.remove(name);
    await people.destination.send(batchOf([2]), SIGNAL);
    const index = await documents.get('alerts/soc/index');
    const { shards } = Object(index?.value);
    const [rule = '', entry] = Object.entries(shards)[0] ?? [];
    // As a consumer has written it whose clock was a day ahead, while that of this one is behind.
    const day = 24 * 60 * MINUTE;
    const ahead = {
      ...Object(entry),
      seq: clock.now() + day,
      at: clock.now() + day,
      messages: 0,
      pending: 0,
    };
    await documents.put(
      'alerts/soc/index',
      { ...Object(index?.value), shards: { [rule]: ahead } },
      index?.etag,
    );
    let reads = 0;
    const counted: StateDocuments = {
      ...documents,
      get(...args) {
        reads += 1;
        // A notifier that never waits would keep the test from ending.
        if (reads > 20_000) throw new CheckpointError('storage_unavailable', 'too many reads');
        return documents.get(...args);
      },
    };
    await passes(consumer(counted), 12 * MINUTE);
    expect(alertsIn(heard).map(({ envelope }) => Number.parseInt(envelope.id, 16))).toEqual([1, 2]);
    expect(reads).toBeLessThan(2_000);
  });

  it('does not wait for a turn that a consumer reserved whose clock was a day ahead', async () => {
    const { clock, consumer, passes, heard, documents } = world();
    const people = consumer();
    const day = clock.now() + 24 * 60 * MINUTE;
    await documents.put('alerts/soc/index', { v: 1, nextAt: day, shards: {} }, undefined);
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, 2 * MINUTE);
    expect(total(heard)).toBe(1);
    expect(heard[0]?.at).toBeLessThanOrEqual(START + 10_000);
  });

  it('does not wait for a document that cannot be written', async () => {
    const { consumer, passes, heard, documents, clock } = world();
    const writer = consumer();
    await writer.destination.send(
      batchOf([1], () => ({ level: 'critical' })),
      SIGNAL,
    );
    const [broken] = await all(documents.list('alerts/soc/rules/'));
    const through: StateDocuments = {
      ...documents,
      async get(name, ...rest) {
        if (name === broken) throw new CheckpointError('checkpoint_conflict', '503');
        return documents.get(name, ...rest);
      },
    };
    const people = consumer(through);
    const at = clock.now();
    await people.destination.send(
      batchOf([2], () => ({ rule: { id: 'other', title: 'Other' }, level: 'low' })),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(alertsIn(heard)).toMatchObject([{ envelope: { rule: { id: 'other' } } }]);
    expect((heard[0]?.at ?? 0) - at).toBeLessThanOrEqual(10_000);
  });

  it('of a rule that hits for the first time beside a louder one is told at once, though the group was told already', async () => {
    const { clock, consumer, passes, heard } = world();
    const people = consumer();
    const quiet = { rule: { id: 'quiet', title: 'Quiet' }, level: 'medium' } as const;
    const loud = { rule: { id: 'loud', title: 'Loud' }, level: 'high' } as const;
    await people.destination.send(
      batchOf([1], () => loud),
      SIGNAL,
    );
    await passes(people, MINUTE);
    const at = clock.now();
    await people.destination.send(batchOfRows([[2, [quiet, loud]]]), SIGNAL);
    await people.destination.send(batchOfRows([[3, [quiet, loud]]]), SIGNAL);
    await passes(people, MINUTE);
    await people.destination.send(batchOfRows([[4, [quiet, loud]]]), SIGNAL);
    await passes(people, MINUTE);
    expect(alertsIn(heard)).toMatchObject([
      { phase: 'first', count: 1, others: [] },
      { phase: 'update', count: 3, others: [{ rule: { id: 'quiet' } }] },
    ]);
    expect((heard[1]?.at ?? 0) - at).toBeLessThanOrEqual(10_000);
  });
});

describe('Alerts of Defender', () => {
  const messages = (isDown: () => boolean) => {
    const made = world({
      messenger: {
        async say(message) {
          if (isDown()) throw new RetryableError('unreachable', 'down');
          made.heard.push({ at: made.clock.now(), messages: [message] });
          return undefined;
        },
        async digest(many) {
          if (isDown()) throw new RetryableError('unreachable', 'down');
          made.heard.push({ at: made.clock.now(), messages: many });
        },
      },
    });
    return made;
  };

  it('with `grouping: off` are all said when a destination is back, however many waited', async () => {
    let isDown = true;
    const { consumer, passes, heard } = messages(() => isDown);
    const people = consumer();
    const rule = { id: 'off', title: 'Off', grouping: 'off' } as const;
    for (const row of numbers(60)) {
      const event = { AlertId: `a${row}`, Title: 'Same' };
      await people.destination.send(
        batchOf([row], () => ({ rule, table: 'AlertInfo', event })),
        SIGNAL,
      );
    }
    await passes(people, 5 * MINUTE);
    isDown = false;
    await passes(people, 20 * MINUTE);
    expect(total(heard)).toBe(60);
  });

  it('keep evidence that a silence would fit, and a batch that could not be stored is not counted as silenced', async () => {
    const { clock, documents, consumer, passes, heard, metrics } = world();
    const silence = {
      where: [{ column: 'DeviceName', value: 'ws-*' }],
      by: 'ada',
      reason: 'a patch',
      forMs: MINUTE,
    };
    await beginSilence({ documents, clock }, silence, SIGNAL);
    let isFailing = true;
    const people = consumer({
      ...documents,
      async put(name, ...rest) {
        if (isFailing && name.startsWith('alerts/')) throw new CheckpointError('checkpoint_conflict', '503');
        return documents.put(name, ...rest);
      },
    });
    const event = { AlertId: 'da1', Title: 'Ransomware' };
    const batch = batchOfRows([
      [1, [{ table: 'AlertEvidence', evidence: true, host: 'ws-7', event }]],
      [2, [{ table: 'AlertInfo', host: 'server', event }]],
      [3, [{ host: 'ws-7' }]],
    ]);
    await expect(people.destination.send(batch, SIGNAL)).rejects.toThrow('could not be stored');
    isFailing = false;
    await people.destination.send(batch, SIGNAL);
    await passes(people, 10_000);
    expect(alertsIn(heard)).toMatchObject([{ count: 1, defender: { alertId: 'da1', evidence: 1 } }]);
    expect(metrics.counter('xdr_relay_alerts_silenced_total')).toBe(1);
  });

  it('are stored within 1 MiB, however long everything is that their rows name, and are all said', async () => {
    const { consumer, passes, heard } = messages(() => false);
    const people = consumer();
    const long = (text: string) => `${text}/`.padEnd(250, 'x');
    // All of them in one document.
    const ids = numbers(20_000)
      .map((row) => `a${row}`)
      .filter((id) => bucketOf(id) === 'c')
      .slice(0, 120);
    for (let from = 0; from < 10; from++) {
      const rows = numbers(240, from * 240);
      const batch = batchOf(rows, (row) => ({
        table: 'AlertEvidence',
        event: {
          AlertId: ids[row % ids.length] ?? '',
          Title: 'Same',
          DeviceName: long(`host-${row}`),
          DeviceId: long(`id-${row}`),
          FileName: long(`file-${row}`),
          SHA1: long(`sha-${row}`),
          RemoteIP: long(`ip-${row}`),
          AccountName: long(`user-${row}`),
          RemoteUrl: long(`url-${row}`),
          AdditionalFields: 'z'.repeat(6_000),
        },
      }));
      await people.destination.send(batch, SIGNAL);
    }
    await passes(people, 20 * MINUTE);
    expect(total(heard)).toBeGreaterThanOrEqual(ids.length);
  });
});

describe('A destination that is renamed', () => {
  it('is told what the relay had to say about itself', async () => {
    const { clock, documents, metrics, consumer, passes, heard } = world();
    const deps = { documents, clock, metrics, logger: silentLogger };
    await announce(deps, 'old', TROUBLE);
    const people = consumer();
    await passes(people, MINUTE);
    await takeOverAlerts(deps, new Map([['old', 'soc']]));
    await passes(people, 10_000);
    expect(heard.map(({ messages }) => messages[0]?.kind)).toEqual(['operational']);
  });
});
