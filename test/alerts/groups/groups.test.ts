import { describe, expect, it } from 'vitest';
import { cutEnvelope, jsonBytes } from '../../../src/alerts/groups/cut.ts';
import { type DueMessage, due, type Manner } from '../../../src/alerts/groups/due.ts';
import { fold, groupOf, withEvidence } from '../../../src/alerts/groups/fold.ts';
import {
  ENVELOPE_BYTES,
  REMEMBERED_MS,
  SETTLE_MS,
  SHARD_BYTES,
  STORED_SINGLE_GROUPS,
} from '../../../src/alerts/groups/limits.ts';
import { prune } from '../../../src/alerts/groups/prune.ts';
import { failed, said, saidMessage } from '../../../src/alerts/groups/said.ts';
import { type Shard, shardSchema } from '../../../src/alerts/groups/state.ts';
import { alertOf, MINUTE, T0 } from './alerts.ts';

const WEBHOOK: Manner = { updates: 'none', wantsEnd: false };
const BOT: Manner = { updates: 'in_place', wantsEnd: false };
const PAGER: Manner = { updates: 'in_place', wantsEnd: true };

function foldAt(shard: Shard | undefined, alerts: Parameters<typeof fold>[1], now: number, manner = WEBHOOK) {
  return fold(shard, alerts, { rule: 'rule-1', wantsEnd: manner.wantsEnd }, now);
}

function sayAll(
  shard: Shard,
  now: number,
  manner: Manner,
): { shard: Shard; messages: readonly DueMessage[] } {
  const { messages } = due(shard, now, manner);
  return {
    shard: said(
      shard,
      messages.map((one) => saidMessage(one, `at-${one.id}`, now)),
      now,
    ),
    messages,
  };
}

describe('groups of alerts', () => {
  it('tell with each update which entities were added since the message before', () => {
    const naming = (n: number, ...names: readonly string[]) => ({
      ...alertOf(n),
      entities: [
        { kind: 'host' as const, name: 'ws-1' },
        ...names.map((name) => ({ kind: 'user' as const, name })),
      ],
    });
    const addedIn = ({ messages }: Pick<ReturnType<typeof sayAll>, 'messages'>) => messages[0]?.message.added;
    const one = sayAll(foldAt(undefined, [naming(1, 'ann')], T0).shard, T0, WEBHOOK);
    expect(addedIn(one)).toBeUndefined();

    const more = foldAt(one.shard, [naming(2, 'ANN', 'bob'), naming(3, 'cid')], T0 + MINUTE);
    const two = sayAll(more.shard, T0 + 10 * MINUTE, WEBHOOK);
    const bobAndCid = ['bob', 'cid'].map((name) => ({ kind: 'user', name }));
    expect(addedIn(two)).toEqual([{ kind: 'user', first: bobAndCid, more: 0 }]);

    // The list of users is full after ten: those beyond are counted.
    const users = Array.from({ length: 12 }, (_, n) => `user-${n}`);
    const many = foldAt(two.shard, [naming(4, ...users)], T0 + 11 * MINUTE);
    const three = sayAll(many.shard, T0 + 20 * MINUTE, WEBHOOK);
    expect(addedIn(three)).toMatchObject([{ kind: 'user', first: { length: 7 }, more: 5 }]);
    const full = foldAt(three.shard, [naming(5, 'zoe'), naming(6, 'bob')], T0 + 21 * MINUTE);
    const four = sayAll(full.shard, T0 + 30 * MINUTE, WEBHOOK);
    expect(addedIn(four)).toEqual([{ kind: 'user', first: [], more: 1 }]);

    const same = foldAt(four.shard, [naming(7, 'bob')], T0 + 31 * MINUTE);
    expect(addedIn(sayAll(same.shard, T0 + 40 * MINUTE, WEBHOOK))).toEqual([]);
    expect(shardSchema.parse(structuredClone(same.shard))).toEqual(same.shard);
  });

  it('say the first alert at once, and what joined it once in each repeat', () => {
    const first = foldAt(undefined, [alertOf(1)], T0);
    expect(first).toMatchObject({ folded: 1, repeated: 0, opened: 1 });
    const one = sayAll(first.shard, T0, WEBHOOK);
    expect(one.messages).toMatchObject([
      { phase: 'first', since: T0, message: { count: 1, scope: 'group' } },
    ]);
    expect(due(one.shard, T0 + 1, WEBHOOK).messages).toEqual([]);

    const more = foldAt(one.shard, [alertOf(2), alertOf(3)], T0 + MINUTE);
    const { messages, next } = due(more.shard, T0 + 9 * MINUTE, WEBHOOK);
    expect(messages).toEqual([]);
    expect(next).toBe(T0 + 10 * MINUTE);
    const two = sayAll(more.shard, T0 + 10 * MINUTE, WEBHOOK);
    expect(two.messages).toMatchObject([
      { phase: 'update', posted: `at-${one.messages[0]?.id}`, message: { count: 3 } },
    ]);
    expect(two.messages[0]?.message.groupId).toBe(one.messages[0]?.message.groupId);
    expect(two.messages[0]?.message.firstTime).toBe(new Date(T0 + 1).toISOString());
    expect(two.messages[0]?.message.lastTime).toBe(new Date(T0 + 3).toISOString());
  });

  it('change a message in place sooner than they would say a new one', () => {
    const one = sayAll(foldAt(undefined, [alertOf(1)], T0, BOT).shard, T0, BOT);
    const more = foldAt(one.shard, [alertOf(2)], T0 + 1_000, BOT);
    expect(due(more.shard, T0 + 1_000, BOT).next).toBe(T0 + 30_000);
  });

  it('end with their window, and what joined late is said nevertheless', () => {
    const one = sayAll(foldAt(undefined, [alertOf(1)], T0).shard, T0, WEBHOOK);
    const late = foldAt(one.shard, [alertOf(2)], T0 + 59 * MINUTE).shard;
    const two = sayAll(late, T0 + 59 * MINUTE, WEBHOOK);
    expect(two.messages).toHaveLength(1);
    const last = foldAt(two.shard, [alertOf(3)], T0 + 59.5 * MINUTE).shard;
    expect(due(last, T0 + 61 * MINUTE, WEBHOOK).next).toBe(T0 + 69 * MINUTE);
    const next = foldAt(last, [alertOf(4)], T0 + 61 * MINUTE);
    expect(next.opened).toBe(1);
    const { messages } = due(next.shard, T0 + 69 * MINUTE, WEBHOOK);
    expect(messages.map(({ phase, message }) => [phase, message.count])).toEqual([
      ['first', 1],
      ['update', 3],
    ]);
  });

  it('tell their end to a destination that wants it', () => {
    const one = sayAll(foldAt(undefined, [alertOf(1)], T0, PAGER).shard, T0, PAGER);
    expect(due(one.shard, T0 + 1, PAGER)).toMatchObject({ messages: [], next: T0 + 60 * MINUTE });
    const end = sayAll(one.shard, T0 + 60 * MINUTE, PAGER);
    expect(end.messages).toMatchObject([{ phase: 'end' }]);
    expect(prune(end.shard, T0 + 60 * MINUTE, true)?.groups).toEqual([]);
    expect(prune(end.shard, T0 + REMEMBERED_MS, true)).toBeUndefined();
    expect(prune(one.shard, T0 + 60 * MINUTE, true)?.groups).toHaveLength(1);
  });

  it('fold further hosts of a rule into one message that lists them', () => {
    const hosts = Array.from({ length: 50 }, (_, n) => `ws-${n}`);
    const alerts = Array.from({ length: 2_000 }, (_, n) => alertOf(n, { host: hosts[n % 50] ?? '' }));
    const { shard, folded } = foldAt(undefined, alerts, T0);
    expect(folded).toBe(2_000);
    expect(due(shard, T0, WEBHOOK).messages).toHaveLength(3);
    const { messages } = due(shard, T0 + SETTLE_MS, WEBHOOK);
    expect(messages.map(({ message }) => message.scope)).toEqual(['group', 'group', 'group', 'rule']);
    const total = messages.reduce((sum, { message }) => sum + message.count, 0);
    expect(total).toBe(2_000);
    const [list] = messages[3]?.message.entities ?? [];
    expect(list).toMatchObject({ kind: 'host', more: 0 });
    expect(list?.first).toHaveLength(47);
    expect(jsonBytes(shard)).toBeLessThan(SHARD_BYTES);
    expect(shardSchema.parse(JSON.parse(JSON.stringify(shard)))).toEqual(JSON.parse(JSON.stringify(shard)));
  });

  it('do not count an alert again that a crash made the relay read again', () => {
    const first = foldAt(undefined, [alertOf(1), alertOf(2)], T0);
    const again = foldAt(first.shard, [alertOf(1), alertOf(2)], T0 + 1);
    expect(again).toMatchObject({ folded: 0, repeated: 2 });
    expect(again.shard).toBe(first.shard);
    expect(foldAt(first.shard, [alertOf(2), alertOf(3)], T0 + 1)).toMatchObject({ folded: 1, repeated: 1 });
  });

  it('do not count it again either where the blob could be read again only two days later, or a clock is that far ahead', () => {
    const { shard } = foldAt(undefined, [alertOf(1)], T0);
    const later = T0 + 47 * 60 * MINUTE;
    const over = prune(sayAll(shard, T0, WEBHOOK).shard, later, false);
    expect(over).toMatchObject({ groups: [] });
    const again = foldAt(over, [alertOf(1), alertOf(2)], later);
    expect(again).toMatchObject({ folded: 1, repeated: 1 });
    expect(foldAt(again.shard, [alertOf(1)], T0)).toMatchObject({ folded: 0, repeated: 1 });
  });

  it('pass on what has no room, and lose none of it', () => {
    const alerts = Array.from({ length: 100 }, (_, n) => alertOf(n, { times: 'off' }));
    const { shard, folded, overflow } = foldAt(undefined, alerts, T0);
    expect(folded).toBe(STORED_SINGLE_GROUPS);
    expect(overflow).toHaveLength(100 - STORED_SINGLE_GROUPS);
    const { shard: after } = sayAll(shard, T0, WEBHOOK);
    expect(prune(after, T0, false)?.groups).toEqual([]);
  });

  it('take alerts for as long as a destination takes nothing', () => {
    let shard: Shard | undefined;
    let count = 0;
    for (let hour = 0; hour < 48; hour++) {
      const alerts = Array.from({ length: 20 }, (_, n) => alertOf(hour * 20 + n, { host: `h-${n}` }));
      const made = foldAt(shard, alerts, T0 + hour * 60 * MINUTE);
      shard = made.shard;
      count += made.folded;
      expect(made.overflow).toEqual([]);
    }
    expect(count).toBe(48 * 20);
    expect(shard?.groups.reduce((sum, group) => sum + group.count, 0)).toBe(count);
    expect(shard?.groups.length).toBeLessThanOrEqual(8);
  });

  it('wait after a failure, and keep the message', () => {
    const { shard } = foldAt(undefined, [alertOf(1)], T0);
    const id = shard.groups[0]?.id ?? '';
    const failure = (retryAt: number) => ({ retryAt, isRefusal: false, accepted: 0 });
    const after = failed(failed(shard, id, failure(T0 + 5_000), T0), id, failure(T0 + 9_000), T0 + 1);
    expect(due(after, T0 + 8_999, WEBHOOK)).toMatchObject({ messages: [], next: T0 + 9_000 });
    expect(due(after, T0 + 9_000, WEBHOOK).messages).toMatchObject([
      { phase: 'first', trouble: { failures: 2, since: T0 } },
    ]);
    expect(sayAll(after, T0 + 9_000, WEBHOOK).shard.groups[0]?.trouble).toBeUndefined();
  });

  it('add evidence, which only a destination that changes messages is told', () => {
    const defender = { alertId: 'da1', techniques: ['T1486'], evidence: 1 };
    const alert = { ...alertOf(1), defender };
    const { shard } = foldAt(undefined, [alert], T0, BOT);
    const one = sayAll(shard, T0, BOT);
    const id = groupOf(one.shard, alert)?.id ?? '';
    const evidence = {
      entities: [{ kind: 'user' as const, name: 'bob' }],
      defender: { alertId: 'da1', title: 'Ransomware', techniques: ['T1486', 'T1490'], evidence: 3 },
    };
    const more = withEvidence(one.shard, id, evidence, T0 + 1);
    if (more === undefined) throw new Error('no group');
    expect(due(more, T0 + MINUTE, WEBHOOK).messages).toEqual([]);
    expect(due(more, T0 + MINUTE, BOT).messages).toMatchObject([
      {
        phase: 'update',
        message: { count: 1, defender: { title: 'Ransomware', techniques: ['T1486', 'T1490'], evidence: 3 } },
      },
    ]);
    expect(withEvidence(one.shard, 'f'.repeat(32), evidence, T0)).toBeUndefined();
  });
});

describe('an envelope', () => {
  it('is cut to the bytes that a group may keep, whatever its row holds', () => {
    const { envelope } = alertOf(1, { event: { ProcessCommandLine: '\u0001'.repeat(200_000), Other: 'x' } });
    const cut = cutEnvelope(envelope);
    expect(jsonBytes(cut)).toBeLessThanOrEqual(ENVELOPE_BYTES);
    expect(cut.event).toMatchObject({ DeviceName: 'ws-1', Other: 'x' });
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`c${n}`, '€'.repeat(300)]));
    expect(jsonBytes(cutEnvelope({ ...envelope, event: many }))).toBeLessThanOrEqual(ENVELOPE_BYTES);
  });
});
