/** Documents of alerts that something other than the relay damages or removes: people are told, and nobody waits. */
import { describe, expect, it } from 'vitest';
import { REMEMBERED_MS } from '../../../src/alerts/groups/limits.ts';
import { shardSchema } from '../../../src/alerts/groups/state.ts';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { ruleShard } from '../../../src/relay/alerts/names.ts';
import type { Level } from '../../../src/shared/event.ts';
import { alertsIn, all, batchOf, type Heard, numbers, total, world } from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;
const RULE = { id: 'rule-1', title: 'A rule' };
const SHARD = `alerts/soc/${ruleShard(RULE.id)}`;
const KEPT = `alerts-damaged/soc/${ruleShard(RULE.id)}`;

function aboutRelay(heard: readonly Heard[]): readonly OperationalMessage[] {
  return heard.flatMap(({ messages }) => messages.filter((message) => message.kind === 'operational'));
}

/** A consumer that has told one alert and holds seven more, of which the index knows. */
async function holding() {
  const made = world();
  const people = made.consumer();
  await people.destination.send(batchOf([0]), SIGNAL);
  await made.passes(people, 5_000);
  made.clock.advance(10_000);
  await people.destination.send(batchOf(numbers(7, 1)), SIGNAL);
  expect(total(made.heard)).toBe(1);
  return { ...made, people };
}

describe('A damaged document of alerts', () => {
  it.each([
    ['is no JSON', (text: string) => text.slice(0, -20)],
    ['is JSON of something else', () => '{"hello":"world"}'],
    ['is empty', () => ''],
    ['is too long', (text: string) => text.replace('{', `{"x":"${'x'.repeat(1_100_000)}",`)],
  ])(
    'that %s is kept, people are told how many alerts waited and where to look, and the rule goes on',
    async (_, damaged) => {
      const { people, documents, damage, passes, heard, metrics } = await holding();
      const before = JSON.stringify((await documents.get(SHARD))?.value);
      damage(SHARD, damaged(before));
      await people.destination.send(batchOf(numbers(3, 100), undefined, 'second'), SIGNAL);
      await passes(people, 20 * MINUTE);
      const [told, ...more] = aboutRelay(heard);
      expect(more).toEqual([]);
      expect(told).toMatchObject({
        severity: 'high',
        title: '7 alerts of the rule "A rule" may not have been told',
        search: { rule: 'A rule', rule_id: 'rule-1', from: expect.any(String), to_epoch: expect.any(String) },
      });
      expect(told?.facts).toContainEqual({ label: 'Kept as', value: `documents/${KEPT}.json` });
      expect(await all(documents.list('alerts-damaged/'))).toEqual([KEPT]);
      // What is folded after the damage is told as ever.
      expect(total(heard)).toBe(1 + 3);
      expect(metrics.counter('xdr_relay_alert_documents_damaged_total')).toBe(1);
    },
  );

  it('is told of by the rule that its beginning names where no index is left either', async () => {
    const { people, documents, damage, passes, heard } = await holding();
    const before = JSON.stringify((await documents.get(SHARD))?.value);
    damage(SHARD, before.slice(0, -20));
    damage('alerts/soc/index', '[');
    await passes(people, 2 * MINUTE);
    expect(aboutRelay(heard)).toMatchObject([
      { title: 'Alerts of the rule "rule-1" may not have been told', search: { rule: 'rule-1' } },
    ]);
  });

  it('of which groups can be read goes on with them', async () => {
    const { people, documents, damage, passes, heard } = await holding();
    const other = (row: number) => ({ host: `ws-${row}` });
    await people.destination.send(batchOf(numbers(2, 50), other), SIGNAL);
    const shard = shardSchema.parse((await documents.get(SHARD))?.value);
    const groups = shard.groups.map((group, at) => (at === 1 ? { ...group, count: 'many' } : group));
    damage(SHARD, JSON.stringify({ ...shard, groups }));
    await passes(people, 20 * MINUTE);
    expect(aboutRelay(heard)).toMatchObject([
      { title: '1 alert of the rule "A rule" may not have been told' },
    ]);
    expect(total(heard)).toBe(8 + 1);
  });

  it('is not replaced by a consumer that read it before another one did', async () => {
    const { people, documents, damage, consumer, passes, heard } = await holding();
    const gate = Promise.withResolvers<void>();
    let isHeld = true;
    const slow = consumer({
      ...documents,
      async copy(...args) {
        if (isHeld) await gate.promise;
        await documents.copy(...args);
      },
    });
    damage(SHARD, '{');
    const late = slow.destination.send(batchOf([200], undefined, 'slow'), SIGNAL);
    await people.destination.send(batchOf(numbers(3, 100), undefined, 'second'), SIGNAL);
    isHeld = false;
    gate.resolve();
    await late;
    await passes(people, 20 * MINUTE);
    expect(total(heard)).toBe(1 + 3 + 1);
    expect(aboutRelay(heard)).toHaveLength(1);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'is told of once although a consumer dies at request %i of mending it',
    async (requests) => {
      const { documents, damage, consumer, passes, heard, clock } = await holding();
      damage(SHARD, '{');
      let left = requests;
      const failing = async <T>(work: () => Promise<T>): Promise<T> => {
        left -= 1;
        const result = await work();
        if (left <= 0) throw new CheckpointError('storage_unavailable', 'the consumer has died');
        return result;
      };
      const dying = consumer({
        ...documents,
        put: (...args) => failing(() => documents.put(...args)),
        copy: (...args) => failing(() => documents.copy(...args)),
        remove: (...args) => failing(() => documents.remove(...args)),
      });
      await dying.destination.send(batchOf([200], undefined, 'slow'), SIGNAL).catch(() => {});
      clock.advance(30_000);
      const other = consumer();
      await other.destination.send(batchOf([200], undefined, 'slow'), SIGNAL);
      await passes(other, 20 * MINUTE);
      expect(aboutRelay(heard)).toMatchObject([
        { title: '7 alerts of the rule "A rule" may not have been told' },
      ]);
      expect(total(heard)).toBe(2);
    },
  );

  it('with messages about the relay goes on with those that can be read, and says that others may be lost', async () => {
    const { people, documents, damage, passes, heard } = await holding();
    damage(SHARD, '{');
    await people.destination.send(batchOf([300]), SIGNAL);
    const stored = await documents.get('alerts/soc/operational');
    const { messages = [], ...rest } = (stored?.value ?? {}) as { messages?: unknown[] };
    damage('alerts/soc/operational', JSON.stringify({ ...rest, messages: [...messages, { message: 1 }] }));
    await passes(people, 20 * MINUTE);
    expect(aboutRelay(heard).map(({ title }) => title)).toEqual([
      '7 alerts of the rule "A rule" may not have been told',
      'Messages about the relay may not have been told',
    ]);
  });
});

describe('A removed document of alerts', () => {
  it.each([
    ['a notifier', false],
    ['a folder', true],
  ])('in which alerts waited is found by %s, and people are told once', async (_, isFolding) => {
    const { people, documents, passes, heard } = await holding();
    await documents.remove(SHARD);
    if (isFolding) await people.destination.send(batchOf([100], undefined, 'second'), SIGNAL);
    await passes(people, 30 * MINUTE);
    expect(aboutRelay(heard)).toMatchObject([
      {
        title: '7 alerts of the rule "A rule" may not have been told',
        search: { rule: 'A rule', rule_id: 'rule-1' },
      },
    ]);
    expect(total(heard)).toBe(isFolding ? 2 : 1);
  });

  it('in which nothing waited is no trouble, also where the relay removed it itself', async () => {
    const { clock, consumer, passes, heard, documents } = world();
    const people = consumer();
    const levels: readonly Level[] = ['low', 'high'];
    await people.destination.send(
      batchOf(numbers(6), (row) => ({
        rule: { id: `r${row}`, title: `R${row}` },
        level: levels[row % 2] ?? 'low',
      })),
      SIGNAL,
    );
    await passes(people, 3 * 60 * MINUTE);
    clock.advance(REMEMBERED_MS);
    await passes(people, MINUTE);
    expect(await all(documents.list('alerts/soc/rules/'))).toEqual([]);
    expect(aboutRelay(heard)).toEqual([]);
    expect(alertsIn(heard)).toHaveLength(6);
  });
});
