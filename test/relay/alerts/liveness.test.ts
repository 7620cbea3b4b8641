/** What waits for ever, or comes back damaged, keeps no alert from people. */
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../lab/silent.ts';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { RetryableError } from '../../../src/destinations/errors.ts';
import { announce } from '../../../src/relay/alerts/announce.ts';
import { takeOverAlerts } from '../../../src/relay/alerts/former.ts';
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
    const { clock, documents, consumer, passes, heard } = withoutTroubles(() => isRefusing);
    const people = consumer();
    await announce({ documents, clock, logger: silentLogger }, 'soc', TROUBLE);
    await announce({ documents, clock, logger: silentLogger }, 'soc', { ...TROUBLE, phase: 'end' });
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
    clock.advance(70 * MINUTE);
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

describe('A destination that is renamed', () => {
  it('is told what the relay had to say about itself', async () => {
    const { clock, documents, consumer, passes, heard } = world();
    const deps = { documents, clock, logger: silentLogger };
    await announce(deps, 'old', TROUBLE);
    const people = consumer();
    await passes(people, MINUTE);
    await takeOverAlerts(deps, new Map([['old', 'soc']]));
    await passes(people, 10_000);
    expect(heard.map(({ messages }) => messages[0]?.kind)).toEqual(['operational']);
  });
});
