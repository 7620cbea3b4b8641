import { describe, expect, it } from 'vitest';
import { REMEMBERED_MS } from '../../../src/alerts/groups/limits.ts';
import type { Messenger } from '../../../src/destinations/messenger.ts';
import type { Batch } from '../../../src/destinations/port.ts';
import {
  alertsIn,
  all,
  batchOfRows,
  countsIn,
  dying,
  type RowOptions,
  START,
  total,
  world,
} from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;
const RANSOMWARE = 'Ransomware activity detected';
const RULE = { id: 'defender-high', title: 'Alerts of Defender' };

function info(alertId: string, options: RowOptions = {}): RowOptions {
  const event = { AlertId: alertId, Title: RANSOMWARE, Severity: 'High', ServiceSource: 'MDE' };
  return { table: 'AlertInfo', rule: RULE, ...options, event: { ...event, ...options.event } };
}

function evidence(alertId: string, host: string, options: RowOptions = {}): RowOptions {
  const event = { AlertId: alertId, Title: RANSOMWARE, EntityType: 'Machine', EvidenceRole: 'Impacted' };
  return { table: 'AlertEvidence', evidence: true, host, ...options, event: { ...event, ...options.event } };
}

/** The rows of one blob, which is read by itself. */
function blob(first: number, rows: readonly RowOptions[]): Batch {
  return batchOfRows(rows.map((row, index) => [first + index, [row]] as const));
}

const IN_PLACE: Partial<Messenger> = { updates: 'in_place' };

describe('Alerts of Defender', () => {
  it.each(['information first', 'evidence first'])(
    'are said once, with what both tables say: %s',
    async (order) => {
      const { consumer, passes, heard, clock } = world();
      const [one, two] = [consumer(), consumer()];
      const batches = [blob(1, [info('da1')]), blob(10, [evidence('da1', 'ws-7'), evidence('da1', 'ws-8')])];
      if (order === 'evidence first') batches.reverse();
      const [first, second] = batches;
      if (!first || !second) throw new Error('two batches');
      await one.destination.send(first, SIGNAL);
      await passes(one, 30_000);
      expect(heard).toEqual([]);
      await two.destination.send(second, SIGNAL);
      const complete = clock.now();
      await passes(two, 10_000);
      expect(alertsIn(heard)).toMatchObject([
        {
          phase: 'first',
          count: 1,
          defender: { alertId: 'da1', title: RANSOMWARE, serviceSource: 'MDE', evidence: 2 },
          envelope: { rule: RULE },
          groupedBy: [{ column: 'AlertId', value: 'da1' }],
        },
      ]);
      expect(JSON.stringify(alertsIn(heard)[0]?.entities)).toMatch(/ws-7.*ws-8/);
      expect(heard[0]?.at).toBeLessThanOrEqual(complete + 2_000);
      await passes(one, 5 * MINUTE);
      expect(heard).toHaveLength(1);
    },
  );

  it('wait as long as relay.yaml says now, not as it did at the start', async () => {
    let waitMs = 30 * MINUTE;
    const { consumer, passes, heard } = world({ joinWaitMs: () => waitMs });
    const one = consumer();
    waitMs = 1_000;
    await one.destination.send(blob(1, [info('da1')]), SIGNAL);
    await passes(one, 10_000);
    expect(heard).toHaveLength(1);
  });

  it('wait no longer than they may for the other table', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(blob(1, [info('da1')]), SIGNAL);
    await passes(people, 3 * MINUTE);
    expect(alertsIn(heard)).toMatchObject([{ defender: { alertId: 'da1', evidence: 0 } }]);
    expect(heard[0]?.at).toBeGreaterThanOrEqual(START + 2 * MINUTE);
    expect(heard[0]?.at).toBeLessThanOrEqual(START + 2 * MINUTE + 10_000);
  });

  it('are one message for several rules and several rows of evidence that raise them', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    const critical = { id: 'evidence', title: 'Evidence of anything' };
    await people.destination.send(
      blob(1, [
        info('da1', { level: 'medium' }),
        evidence('da1', 'ws-7', { rule: critical, level: 'critical', evidence: false }),
        evidence('da1', 'ws-8', { rule: critical, level: 'critical', evidence: false }),
      ]),
      SIGNAL,
    );
    await passes(people, 5 * MINUTE);
    expect(alertsIn(heard)).toMatchObject([
      {
        count: 1,
        severity: 'critical',
        others: [{ rule: RULE, severity: 'medium' }],
        defender: { evidence: 2 },
      },
    ]);
  });

  it('are told apart, however equal their titles are, and become one message of the rule when there are many', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    const ids = Array.from({ length: 20 }, (_, index) => `da${index}`);
    await people.destination.send(
      blob(
        1,
        ids.flatMap((id) => [info(id), evidence(id, `ws-${id}`)]),
      ),
      SIGNAL,
    );
    await people.destination.send(
      blob(900, [
        info('other', { event: { Title: 'Phishing' } }),
        evidence('other', 'x', { event: { Title: 'Phishing' } }),
      ]),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(heard.length).toBeLessThanOrEqual(5);
    expect(total(heard)).toBe(21);
    expect(alertsIn(heard).filter(({ scope }) => scope === 'rule')).toHaveLength(1);
  });

  it('are changed by evidence that comes later, where the destination can', async () => {
    const { consumer, passes, heard } = world({ messenger: IN_PLACE });
    const people = consumer();
    await people.destination.send(blob(1, [info('da1'), evidence('da1', 'ws-1')]), SIGNAL);
    await passes(people, MINUTE);
    await people.destination.send(blob(50, [evidence('da1', 'ws-9')]), SIGNAL);
    await people.destination.send(blob(50, [evidence('da1', 'ws-9')]), SIGNAL);
    await passes(people, MINUTE);
    expect(alertsIn(heard).map(({ phase, count, defender }) => [phase, count, defender?.evidence])).toEqual([
      ['first', 1, 1],
      ['update', 1, 2],
    ]);
    expect(JSON.stringify(alertsIn(heard)[1]?.entities)).toContain('ws-9');
  });

  it('of a rule that raises one late are a message of that rule', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(blob(1, [info('da1'), evidence('da1', 'ws-1')]), SIGNAL);
    await passes(people, MINUTE);
    const rule = { id: 'late', title: 'Late' };
    await people.destination.send(
      blob(50, [evidence('da1', 'ws-9', { rule, level: 'critical', evidence: false })]),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(alertsIn(heard).map(({ envelope }) => envelope.rule?.id)).toEqual(['defender-high', 'late']);
  });

  it.each([
    ['update of its message', 2 * MINUTE, 1],
    ['message of its own', 70 * MINUTE, 2],
  ])('that a rewritten blob repeats are counted once more: %s', async (_, after, groups) => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    const rows = [info('da1'), evidence('da1', 'ws-1'), evidence('da1', 'ws-2')];
    const written = (reading: string, offset = 1) =>
      batchOfRows(
        rows.map((row, index) => [offset + index, [row]] as const),
        reading,
      );
    await people.destination.send(written('first'), SIGNAL);
    await passes(people, after);
    expect(total(heard)).toBe(1);
    await people.destination.send(written('rewritten', 5), SIGNAL);
    // A crash repeats what it has read.
    await people.destination.send(written('rewritten', 5), SIGNAL);
    await passes(people, 90 * MINUTE);
    expect(total(heard)).toBe(2);
    expect(countsIn(heard).size).toBe(groups);
  });

  it('that a rewritten blob repeats wait for the other table again, and for no longer', async () => {
    const { consumer, passes, heard, clock } = world();
    const people = consumer();
    await people.destination.send(blob(1, [info('da1'), evidence('da1', 'ws-1')]), SIGNAL);
    await passes(people, 70 * MINUTE);
    const since = clock.now();
    await people.destination.send(batchOfRows([[7, [info('da1')]]], 'rewritten'), SIGNAL);
    await passes(people, 30 * MINUTE);
    expect(total(heard)).toBe(2);
    expect(heard.at(-1)?.at).toBeLessThanOrEqual(since + 2 * MINUTE + 2_000);
    expect(alertsIn(heard).at(-1)?.defender).toMatchObject({ alertId: 'da1', title: RANSOMWARE });
  });

  it('are said again by a replay', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(blob(1, [info('da1'), evidence('da1', 'ws-1')]), SIGNAL);
    await passes(people, MINUTE);
    await people.destination.send(batchOfRows([[1, [info('da1')]]], 'none'), SIGNAL);
    await passes(people, 11 * MINUTE);
    expect(total(heard)).toBe(2);
  });

  it('leave nothing in the state when they are over, and evidence without an alert neither', async () => {
    const { clock, consumer, passes, documents, heard } = world();
    const people = consumer();
    await people.destination.send(
      blob(1, [info('da1'), evidence('da1', 'ws-1'), evidence('none', 'ws-2')]),
      SIGNAL,
    );
    await passes(people, 200 * MINUTE);
    clock.advance(REMEMBERED_MS);
    await passes(people, MINUTE);
    expect(heard).toHaveLength(1);
    expect(await all(documents.list('alerts/'))).toEqual(['alerts/soc/index']);
  }, 30_000);
});

describe('A consumer that dies while it joins', () => {
  for (const isAfter of [false, true]) {
    it(`at any request to the state, ${isAfter ? 'after' : 'before'} its effect, loses no alert and says none twice as another`, async () => {
      for (let requests = 1; requests < 60; requests++) {
        const { documents, consumer, passes, heard } = world();
        const { through, died } = dying(documents, requests, isAfter);
        const [one, two] = [consumer(through), consumer()];
        const batches = [
          blob(1, [info('da1'), info('da2', { event: { Title: 'Phishing' } })]),
          blob(50, [evidence('da1', 'ws-1'), evidence('da1', 'ws-2')]),
        ];
        let sent = 0;
        const living = (async () => {
          for (const batch of batches) {
            await one.destination.send(batch, SIGNAL);
            sent += 1;
          }
          await one.notifier.pass({ ms: 8_000, aheadMs: 8_000 }, SIGNAL);
          return 'lived' as const;
        })();
        const how = await Promise.race([died, living]);
        for (const batch of batches.slice(sent)) await two.destination.send(batch, SIGNAL);
        await passes(two, 4 * MINUTE);
        expect(total(heard), `${how} at ${requests}`).toBe(2);
        const titles = new Set(alertsIn(heard).map(({ defender }) => defender?.title));
        expect(titles, `${how} at ${requests}`).toEqual(new Set([RANSOMWARE, 'Phishing']));
        if (how === 'lived') return;
      }
    }, 60_000);
  }
});
