/** Whatever happens to consumers, state and product: every alert is told, or in a dead letter, and is counted once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../src/relay/alerts/index-document.ts';
import { runs } from '../../support/runs.ts';
import { type Answer, type Fate, HostileWorld } from './hostile-world.ts';
import { batchOf, batchOfRows, numbers } from './world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const RUNS = { numRuns: runs(24), seed: Number(process.env.SEED ?? 1) };

type Act =
  | {
      readonly kind: 'send';
      readonly by: number;
      readonly alerts: number;
      readonly rule: number;
      readonly hosts: number;
    }
  /** Rows of AlertInfo, which a rule raises, and of AlertEvidence, which no rule does, by the number of Defender's alert. */
  | {
      readonly kind: 'defender';
      readonly by: number;
      readonly rows: readonly { readonly alert: number; readonly isInfo: boolean }[];
    }
  | { readonly kind: 'resend'; readonly by: number }
  | { readonly kind: 'pass'; readonly by: readonly number[]; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'damage'; readonly document: string; readonly content: string | undefined };

const by = fc.nat({ max: 2 });
const send = fc.record({
  kind: fc.constant('send' as const),
  by,
  alerts: fc.integer({ min: 1, max: 30 }),
  rule: fc.nat({ max: 2 }),
  hosts: fc.integer({ min: 1, max: 6 }),
});
const defender: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('defender' as const),
  by,
  rows: fc.array(fc.record({ alert: fc.nat({ max: 5 }), isInfo: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  }),
});
const peaceful: fc.Arbitrary<Act>[] = [
  send,
  fc.record({ kind: fc.constant('resend' as const), by }),
  fc.record({
    kind: fc.constant('pass' as const),
    by: fc.uniqueArray(by, { minLength: 1 }),
    ms: fc.integer({ min: 500, max: 15_000 }),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1_000, max: 120_000 }) }),
];
const GARBAGE = ['', '{', '[]', '{"v":1,"seq":"x"}'] as const;
/** Something else damages a document, or removes it where that is `undefined`. */
const damage = (document: string, ...contents: readonly (string | undefined)[]): fc.Arbitrary<Act> =>
  fc.record({
    kind: fc.constant('damage' as const),
    document: fc.constant(document),
    content: fc.constantFrom(...contents),
  });
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>('ok') },
  { weight: 3, arbitrary: fc.constantFrom<Fate>('fails', 'reply lost', 'dies before', 'dies after') },
);
const answer = fc.constantFrom<Answer>(
  'takes',
  'takes',
  'takes, reply lost',
  'fails',
  'refuses the message',
  'refuses the relay',
  'unreached',
);
const skewed = (most: number) => fc.oneof(fc.constant(0), fc.integer({ min: -most, max: most }));

/** @param mostSkew how far clocks are off at most. Milliseconds. */
const life = (acts: readonly fc.Arbitrary<Act>[], mostSkew: number) =>
  fc.record({
    acts: fc.array(fc.oneof(...acts), { minLength: 2, maxLength: 14 }),
    fates: fc.array(fate, { maxLength: 80 }),
    answers: fc.array(answer, { maxLength: 10 }),
    skews: fc.tuple(skewed(mostSkew), skewed(mostSkew), skewed(mostSkew)),
    messenger: fc.constantFrom(
      { updates: 'none' as const, wantsEnd: false },
      { updates: 'in_place' as const, wantsEnd: false },
      { updates: 'none' as const, wantsEnd: true },
    ),
  });
type Life = typeof life extends (...args: never[]) => fc.Arbitrary<infer L> ? L : never;

async function lived({ acts, ...options }: Life & { readonly silenced?: string }): Promise<HostileWorld> {
  const world = new HostileWorld(options);
  await world.prepare();
  const raised = new Set<number>();
  let next = 0;
  for (const act of acts) {
    if (act.kind === 'send') {
      const { rule, hosts } = act;
      const level = (['low', 'high', 'critical'] as const)[rule] ?? 'low';
      const grouping = { windowMs: 60_000, repeatMs: 10_000 };
      const optionsOf = (row: number) => ({
        host: `ws-${row % hosts}`,
        rule: { id: `rule-${rule}`, title: `Rule ${rule}`, grouping },
        level,
      });
      await world.send(act.by, batchOf(numbers(act.alerts, next), optionsOf, `reading-${next}`));
      next += act.alerts;
    } else if (act.kind === 'defender') {
      // Each alert is raised by one row: a second one would be another reading of it.
      const rows = act.rows.filter(({ alert, isInfo }) => !isInfo || !raised.has(alert)).slice(0, 8);
      const fresh = new Set<number>();
      const batch = rows.flatMap(({ alert, isInfo }) => {
        if (isInfo && fresh.has(alert)) return [];
        if (isInfo) fresh.add(alert);
        next += 1;
        const event = { AlertId: `da${alert}`, Title: `Defender ${alert}` };
        const rule = { id: 'defender', title: 'Defender' };
        const row = isInfo
          ? { table: 'AlertInfo', rule, event }
          : { table: 'AlertEvidence', evidence: true, event };
        return [[next, [row]] as const];
      });
      for (const alert of fresh) raised.add(alert);
      if (batch.length > 0) await world.send(act.by, batchOfRows(batch, `reading-${next}`), fresh.size);
    } else if (act.kind === 'resend') await world.resend(act.by);
    else if (act.kind === 'pass') await world.pass(act.by, act.ms);
    else if (act.kind === 'wait') world.clock.advance(act.ms);
    else world.damage(act.document, act.content);
  }
  await world.heal();
  return world;
}

/** By group, the highest count that a message or a dead letter has told, in all. @param rule only of this one. */
async function toldIn(world: HostileWorld, rule?: string): Promise<number> {
  const counts = new Map<string, number>();
  const tell = (id: string, count: number) => counts.set(id, Math.max(count, counts.get(id) ?? 0));
  for (const message of world.heard) {
    if (message.kind !== 'alert' || (rule !== undefined && message.envelope.rule?.id !== rule)) continue;
    tell(message.groupId, message.count);
  }
  for await (const { name } of world.deadLetters.list()) {
    const { letter } = (await world.deadLetters.get(name)) ?? {};
    const { groupId, count } = letter?.details ?? {};
    if (rule !== undefined && letter?.rule !== rule) continue;
    if (typeof groupId === 'string' && typeof count === 'number') tell(groupId, count);
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

// Of what was removed together with the index that knew of it, nobody can know.
describe('Every alert for people', () => {
  it('is told once, or in a dead letter, whatever dies, fails, is refused, or has a wrong clock, and whatever becomes of the index', async () => {
    await fc.assert(
      fc.asyncProperty(
        life([...peaceful, damage('index', undefined, ...GARBAGE)], 30 * MINUTE),
        async (one) => {
          const world = await lived(one);
          expect(await toldIn(world)).toBe(world.sent);
          // To a consumer whose clock is ahead by more than a lease, the lease of another is over: both may say the same message.
          if (Math.max(...one.skews) - Math.min(...one.skews) >= LEASE_MS) return;
          // Each message but those that a disturbance made come again has news, or is the end of its group.
          const seen = new Set(
            world.heard.map((message) =>
              message.kind === 'alert'
                ? `${message.groupId} ${message.count} ${message.phase === 'end'}`
                : '',
            ),
          );
          expect(world.heard.length).toBeLessThanOrEqual(seen.size + world.disturbances);
        },
      ),
      RUNS,
    );
  });

  it("is told once also where it is Defender's own, whose two tables arrive in any order and in parts", async () => {
    await fc.assert(
      fc.asyncProperty(life([...peaceful, defender, defender], 60_000), async (one) => {
        const world = await lived(one);
        expect(await toldIn(world)).toBe(world.sent);
      }),
      RUNS,
    );
  });

  it('is told unless its rule is silenced, and then is not, whatever dies or fails', async () => {
    await fc.assert(
      fc.asyncProperty(life(peaceful, 60_000), async (one) => {
        const world = await lived({ ...one, silenced: 'rule-2' });
        const silenced = one.acts.reduce(
          (sum, act) => sum + (act.kind === 'send' && act.rule === 2 ? act.alerts : 0),
          0,
        );
        const ofSilenced = await toldIn(world, 'rule-2');
        expect((await toldIn(world)) - ofSilenced).toBe(world.sent - silenced);
        // A consumer that cannot read the silences tells people of everything.
        if (one.fates.every((fate) => fate === 'ok')) expect(ofSilenced).toBe(0);
        else expect(ofSilenced).toBeLessThanOrEqual(silenced);
      }),
      RUNS,
    );
  });

  it('is told although clocks are off by a day', async () => {
    await fc.assert(
      fc.asyncProperty(life(peaceful, DAY), async (one) => {
        const world = await lived(one);
        expect(await toldIn(world)).toBe(world.sent);
      }),
      RUNS,
    );
  });

  it('is told, or people are told that it may be lost, whatever document of a rule is damaged or removed', async () => {
    await fc.assert(
      fc.asyncProperty(
        life(
          [...peaceful, send, damage('rules', undefined, ...GARBAGE), damage('operational', ...GARBAGE)],
          DAY,
        ),
        async (one) => {
          const world = await lived(one);
          const isReported = world.heard.some(
            (message) =>
              message.kind === 'operational' && /may not have been told|at risk/.test(message.title),
          );
          // Nobody can be told by a destination that refuses the message about it for good.
          if (world.metrics.counter('xdr_relay_messages_total', { result: 'refused' }) > 0) return;
          if (!isReported) expect(await toldIn(world)).toBeGreaterThanOrEqual(world.sent);
        },
      ),
      RUNS,
    );
  });
});
