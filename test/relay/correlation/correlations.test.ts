import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../../lab/delivery.ts';
import type { Sink } from '../../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { DestinationRefusedError, RetryableError } from '../../../src/destinations/errors.ts';
import {
  CORRELATIONS_FOLDER,
  type CorrelatedRows,
  type CorrelationDeps,
  type CorrelationSession,
  type Correlations,
  createCorrelations,
} from '../../../src/relay/correlation/correlations.ts';
import { queueReplay } from '../../../src/relay/discovery/replay.ts';
import { compileRules } from '../../../src/rules/index.ts';
import type { RuleSet } from '../../../src/rules/ruleset.ts';
import { Correlator } from '../../../src/rules/sigma/index.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';
import { MINUTE, NAME, relay } from '../harness.ts';

const RULES = `title: A failed logon
name: failed
logsource: { product: m365defender, service: DeviceLogonEvents }
detection: { selection: { ActionType: LogonFailed }, condition: selection }
level: high
---
title: A logon
name: success
logsource: { product: m365defender, service: IdentityLogonEvents }
detection: { selection: { ActionType: LogonSuccess }, condition: selection }
level: low
---
title: Many failed logons
id: 8a3c0e1a-4f9e-4a3a-9c3a-0d2d9a0f7c11
name: many
description: Somebody guesses.
tags: [attack.t1110]
correlation:
  type: event_count
  rules: [failed]
  group-by: [AccountName]
  timespan: 10m
  generate: false
  condition: { gte: 3 }
level: high
---
title: Guessed
correlation:
  type: temporal_ordered
  rules: [many, success]
  group-by: [AccountName]
  timespan: 20m
  generate: true
level: critical
`;

const FINGERPRINTS = 2;

function rulesOf(text = RULES): RuleSet {
  const { rules, diagnostics } = compileRules([{ path: 'detections/logons.yml', text }], {
    destinations: undefined,
    defaultDestinations: [],
    alerts: [{ levels: ['high', 'critical'], to: ['splunk', 'hook'] }],
    variables: {},
  });
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  return rules;
}

function correlating(names?: readonly string[]) {
  const r = relay(names);
  const rules = rulesOf();
  Object.assign(r.deps, { rules: () => rules });
  return r;
}

/** A logon `seconds` after the hour began. */
function logon(user: string, seconds: number, action = 'LogonFailed', table = 'DeviceLogonEvents'): string {
  const properties = { Timestamp: timestamp(seconds), ActionType: action, AccountName: user };
  return `${JSON.stringify({ time: '2026-11-23T07:04:00Z', category: `AdvancedHunting-${table}`, properties })}\r\n`;
}

const timestamp = (seconds: number) =>
  new Date(Date.UTC(2026, 10, 23, 7) + seconds * 1000).toISOString().replace('Z', '1234Z');

/** The alerts that a destination took: where, who, how many. */
const alertsIn = (sink: Sink): string[] =>
  sink.batches.flatMap(({ items }) =>
    items.map(({ head }) => {
      const [group, count] = head.rule?.matched ?? [];
      return `${head.source.offset} ${head.rule?.title}: ${group?.value} ${count?.value}`;
    }),
  );

async function statesIn(documents: StateDocuments): Promise<string[]> {
  const names: string[] = [];
  for await (const name of documents.list(CORRELATIONS_FOLDER)) names.push(name);
  return names;
}

/** The document cannot be read until it is removed. */
function breakOnce(documents: StateDocuments, broken: string): void {
  const { get, remove } = documents;
  let isBroken = true;
  Object.assign(documents, {
    get: async (name: string) => {
      if (isBroken && name === broken) throw new CheckpointError('checkpoint_unreadable', 'not JSON');
      return get(name);
    },
    remove: async (name: string) => {
      isBroken &&= name !== broken;
      await remove(name);
    },
  });
}

describe('a correlation', () => {
  it("counts a row whose Timestamp can be no time of an event by the envelope's", async () => {
    const r = correlating();
    const never = logon('Alice', 0).replace(timestamp(0), '9999-12-31T23:59:59.9999999Z');
    r.append([never, logon('Alice', 239), logon('Alice', 241)].join(''));
    await r.notify();
    await r.work();
    expect(alertsIn(r.sink('splunk'))).toHaveLength(1);
  });

  it('raises an alert with what its events have in common; its rules raise none', async () => {
    const r = correlating(['splunk', 'other']);
    r.append([0, 1, 2, 3].map((at) => logon('Alice', at)).join(''));
    await r.notify();
    await r.work();
    expect(r.sink('other').batches).toEqual([]);
    const [item, ...rest] = r.sink('splunk').batches.flatMap(({ items }) => items);
    expect(rest).toEqual([]);
    expect(item && payloadOf(item)).toContain(timestamp(2));
    expect(item?.head).toMatchObject({
      severity: 'high',
      rule: {
        title: 'Many failed logons',
        id: '8a3c0e1a-4f9e-4a3a-9c3a-0d2d9a0f7c11',
        description: 'Somebody guesses.',
        tags: ['attack.t1110'],
        matched: [
          { column: 'AccountName', value: 'Alice' },
          { column: 'count', value: 3 },
        ],
      },
    });
  });

  it('spans tables, blobs and consumers', async () => {
    const r = correlating();
    const other = NAME.replace('h=07', 'h=08');
    r.append(logon('a', 0) + logon('a', 1));
    await r.notify();
    await r.work();
    const next = correlating();
    Object.assign(next.deps, {
      correlations: createCorrelations({ ...next.deps, documents: r.documents }),
    });
    next.append(logon('a', 2) + logon('a', 3, 'LogonSuccess', 'IdentityLogonEvents'), other);
    await next.notify({ ...next.ref, name: other });
    await next.work();
    expect(alertsIn(r.sink('hook'))).toEqual([]);
    expect(alertsIn(next.sink('hook')).map((one) => one.replace(/^\d+ /, ''))).toEqual([
      'Many failed logons: a 3',
      'Guessed: a 2',
    ]);
  });

  it('writes nothing where nothing matches', async () => {
    const r = correlating();
    r.append(logon('a', 0, 'LogonSuccess') + logon('b', 1, 'LogonAttempted'));
    await r.notify();
    await r.work();
    expect(await statesIn(r.documents)).toEqual([]);
  });

  it('counts a row that Azure wrote twice once', async () => {
    const r = correlating();
    const one = logon('a', 0);
    r.append(one + one.replace('07:04:00Z', '07:09:00Z') + logon('a', 1));
    await r.notify();
    await r.work();
    expect(alertsIn(r.sink('hook'))).toEqual([]);
  });

  it('raises the same alerts again in a replay', async () => {
    const r = correlating();
    r.append(Array.from({ length: 7 }, (_, at) => logon('a', at)).join(''));
    await r.notify();
    await r.pass(80 * MINUTE, MINUTE);
    const before = alertsIn(r.sink('hook'));
    expect(before).toHaveLength(2);
    expect(await queueReplay(r.deps, r.ref, 'hook')).toBe('queued');
    await r.pass(10 * MINUTE, MINUTE);
    expect(alertsIn(r.sink('hook'))).toEqual([...before, ...before]);
  });

  it.each([
    ['is not JSON', undefined],
    ['is another version', { v: 2 }],
  ])('begins anew when its state %s', async (_, value) => {
    const r = correlating();
    r.append(logon('a', 0) + logon('a', 1));
    await r.notify();
    await r.work();
    for await (const name of r.documents.list(CORRELATIONS_FOLDER)) {
      if (value !== undefined) await r.documents.put(name, value, (await r.documents.get(name))?.etag);
      else breakOnce(r.documents, name);
    }
    r.append([2, 3].map((at) => logon('a', at)).join(''));
    await r.notify();
    await r.work();
    expect(alertsIn(r.sink('hook'))).toEqual([]);
    r.append(logon('a', 4));
    await r.notify();
    await r.work();
    expect(alertsIn(r.sink('hook'))).toHaveLength(1);
  });

  it('says what it had to forget', async () => {
    const r = correlating();
    r.append(Array.from({ length: 9_000 }, (_, n) => logon(`user${n}`, 0)).join(''));
    await r.notify();
    await r.work();
    const labels = { reason: 'events' };
    expect(r.metrics.counter('xdr_relay_correlations_forgotten_total', labels)).toBe(1_000);
  });
});

/** A consumer that reads one blob's rows, delivers their alerts and commits, and may die at any time. */
class Reader {
  readonly #deps: CorrelationDeps;
  readonly #rules: RuleSet;
  readonly #rows: CorrelatedRows;
  readonly #signal = new AbortController().signal;
  #correlations: Correlations;
  #session: CorrelationSession;
  #position = 0;
  #durable = 0;
  #waiting: string[] = [];
  readonly delivered = new Set<string>();

  constructor(deps: CorrelationDeps, rules: RuleSet, blob: string, rows: number) {
    this.#deps = deps;
    this.#rules = rules;
    this.#rows = Array.from({ length: rows }, (_, n) => {
      const properties = { Timestamp: timestamp(n), ActionType: 'LogonFailed', AccountName: 'a' };
      const row = { ...rowOf('DeviceLogonEvents', properties, blob, n), id: `${blob}${n}`.padEnd(32, 'x') };
      const verdict = rules.evaluate(row);
      return { row, events: verdict.kind === 'forwarded' ? (verdict.correlated ?? []) : [] };
    });
    this.#correlations = createCorrelations(deps);
    this.#session = this.#begin();
  }

  get isDone(): boolean {
    return this.#durable === this.#rows.length;
  }

  async read(count: number): Promise<void> {
    const rows = this.#rows.slice(this.#position, this.#position + count);
    if (rows.length === 0) return;
    const found = await this.#session.observe(rows);
    if (this.#session.mustReread) return this.#end();
    this.#position += rows.length;
    for (const row of found.keys()) this.#waiting.push(`${row.source.blob} ${row.source.offset}`);
  }

  /** The destination takes what waits, and the offset follows as far as it may. */
  commit(): void {
    for (const alert of this.#waiting.splice(0)) this.delivered.add(alert);
    this.#durable = Math.max(this.#durable, Math.min(this.#position, this.#session.floor));
  }

  /** The visit comes to its end; the next one begins where the offset is. */
  async finish(): Promise<void> {
    await this.#session.flush();
    this.#end();
  }

  /** The visit fails, and the next one is of the same process. */
  async fail(): Promise<void> {
    await this.#session.abandon();
    this.#waiting = [];
    this.#restart();
  }

  crash(): void {
    this.#waiting = [];
    this.#correlations = createCorrelations(this.#deps);
    this.#restart();
  }

  #end(): void {
    this.commit();
    this.#restart();
  }

  #restart(): void {
    this.#position = this.#durable;
    this.#session = this.#begin();
  }

  #begin(): CorrelationSession {
    return this.#correlations.begin({ rules: this.#rules, createdOn: 0, signal: this.#signal });
  }
}

describe('consumers that count at the same time', () => {
  const deps = () => ({
    documents: createMemoryStateDocuments(),
    clock: systemClock,
    logger: silentLogger,
    metrics: recordingMetrics(),
  });

  it('lose nothing of each other', async () => {
    const rules = rulesOf(RULES.replace('gte: 3', 'gte: 40'));
    const shared = deps();
    const readers = Array.from({ length: 4 }, (_, n) => new Reader(shared, rules, `blob ${n}`, 10));
    await Promise.all(
      readers.map(async (reader) => {
        while (!reader.isDone) {
          for (let n = 0; n < 10; n += 3) await reader.read(3);
          await reader.finish();
        }
      }),
    );
    expect(readers.flatMap(({ delivered }) => [...delivered])).toHaveLength(1);
  });

  it('raise what the events of all of them come to, whatever befalls them', async () => {
    const ROWS = 12;
    const action = fc.record({
      reader: fc.nat(2),
      kind: fc.constantFrom('read', 'read', 'read', 'commit', 'finish', 'fail', 'crash'),
      count: fc.integer({ min: 1, max: 4 }),
    });
    const rules = rulesOf(RULES.replace('10m', '7d').replace('20m', '7d'));
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const shared = deps();
        const { put } = shared.documents;
        shared.documents.put = async (...args: Parameters<typeof put>) => {
          try {
            return await put(...args);
          } catch (error) {
            conflicts += 1;
            throw error;
          }
        };
        const readers = [0, 1, 2].map((n) => new Reader(shared, rules, `blob ${n}`, ROWS));
        for (const { reader: which, kind, count } of actions) {
          const reader = readers[which];
          if (!reader) continue;
          if (kind === 'read') await reader.read(count);
          else await reader[kind]();
        }
        await readToTheEnd(readers, ROWS);
        const alerts = readers.flatMap(({ delivered }) => [...delivered]);
        expect(alerts).toHaveLength((3 * ROWS) / 3);
      }),
      {
        numRuns: runs(40),
        // Two readers whose sessions overlap, so that the second to write finds a newer document, whatever the runs come to.
        examples: [[[0, 1].map((reader) => ({ reader, kind: 'read' as const, count: 4 }))]],
      },
    );
    // The property means little where no two of them ever meet.
    expect(conflicts).toBeGreaterThan(0);
  });
});

async function readToTheEnd(readers: readonly Reader[], rows: number): Promise<void> {
  for (let turns = 0; readers.some(({ isDone }) => !isDone); turns++) {
    if (turns > 20) throw new Error('a reader does not come to its end');
    for (const reader of readers) {
      for (let n = 0; n < rows; n += 5) await reader.read(5);
      await reader.finish();
    }
  }
}

describe('what was counted is written', () => {
  /** A relay whose writes of correlations are counted. */
  function counting() {
    const r = correlating(['splunk', 'hook']);
    const { put } = r.documents;
    const writes: string[] = [];
    Object.assign(r.documents, {
      put: (...args: Parameters<typeof put>) => {
        if (args[0].startsWith(CORRELATIONS_FOLDER)) writes.push(args[0]);
        return put(...args);
      },
    });
    return { ...r, writes };
  }

  it('once for a visit of many pages without an alert', async () => {
    const r = counting();
    const filler = `${'x'.repeat(20_000)}`;
    const lines = Array.from({ length: 1_000 }, (_, n) =>
      logon(`user${n}`, 0).replace('"AccountName"', `"AdditionalFields":"${filler}","AccountName"`),
    );
    r.append(lines.join(''));
    await r.notify();
    await r.work();
    expect(r.writes).toHaveLength(1);
  });

  it('before the offset passes the rows: a write that fails at the end of a visit loses none', async () => {
    const r = counting();
    const { put } = r.documents;
    let fails = true;
    Object.assign(r.documents, {
      put: (...args: Parameters<typeof put>) => {
        if (fails && args[0].startsWith(CORRELATIONS_FOLDER))
          throw new CheckpointError('storage_unavailable', 'gone');
        return put(...args);
      },
    });
    const before = logon('x', 0, 'Other');
    r.append(before + logon('a', 1) + logon('a', 2) + logon('y', 3, 'Other'));
    await r.notify();
    await r.work();
    expect((await r.checkpoint())?.destinations.hook?.offset).toBe(before.length);
    fails = false;
    r.append(logon('a', 4));
    await r.notify();
    await r.pass(10 * MINUTE, MINUTE);
    expect(alertsIn(r.sink('hook')).map((one) => one.replace(/^\d+ /, ''))).toEqual([
      'Many failed logons: a 3',
    ]);
  });

  it('before an alert goes out', async () => {
    const r = counting();
    let known = -1;
    r.sink('hook').behave = () => {
      known = r.writes.length;
    };
    r.append([0, 1, 2].map((at) => logon('a', at)).join(''));
    await r.notify();
    await r.work();
    expect(alertsIn(r.sink('hook'))).toHaveLength(1);
    expect(known).toBeGreaterThanOrEqual(1);
  });
});

const FAULTS = ['none', 'flaky', 'down', 'lost replies'] as const;

function misbehave(sink: Sink, fault: (typeof FAULTS)[number]): void {
  let turn = 0;
  sink.behave = (batch) => {
    turn++;
    if (fault === 'flaky' && turn % 2 === 0) throw new RetryableError('server_error', 'busy');
    if (fault === 'down') throw new DestinationRefusedError('not_authorized', 'no');
    if (fault === 'lost replies' && turn % 2 === 0) {
      sink.batches.push(batch);
      throw new RetryableError('connection_lost', 'reset');
    }
  };
}

/** Where a consumer ends: `after` the write it dies with, or before. */
const crash = fc.record({
  kind: fc.constant('crash' as const),
  where: fc.constantFrom('state', 'checkpoint'),
  after: fc.boolean(),
  writes: fc.integer({ min: 1, max: 3 }),
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('notify' as const) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  fc.record({
    kind: fc.constant('behave' as const),
    sink: fc.constantFrom('splunk', 'hook'),
    fault: fc.constantFrom(...FAULTS),
  }),
  crash,
);

const logons = fc.array(
  fc.record({
    user: fc.constantFrom('a', 'b'),
    success: fc.nat(5).map((n) => n === 0),
    copy: fc.nat(9).map((n) => n === 0),
  }),
  { minLength: 30, maxLength: 30 },
);

/** The rows as Defender writes them, some of them twice. */
function linesOf(rows: readonly { user: string; success: boolean; copy: boolean }[]): string[] {
  const lines: string[] = [];
  for (const [n, { user, success, copy }] of rows.entries()) {
    const before = lines.at(-1);
    if (copy && before) lines.push(before.replace('07:04:00Z', `07:04:${10 + n}Z`));
    else if (success) lines.push(logon(user, n, 'LogonSuccess', 'IdentityLogonEvents'));
    else lines.push(logon(user, n));
  }
  return lines;
}

/** What one pass without any trouble raises. */
function oracle(rules: RuleSet, lines: readonly string[]): string[] {
  const correlator = new Correlator(rules.correlations ?? []);
  let offset = 0;
  return lines.flatMap((line) => {
    const { category, properties } = JSON.parse(line) as { category: string; properties: JsonObject };
    const row = rowOf(category.replace('AdvancedHunting-', ''), properties, 'b', offset);
    offset += Buffer.byteLength(line);
    const verdict = rules.evaluate(row);
    const events = verdict.kind === 'forwarded' ? (verdict.correlated ?? []) : [];
    const place = { id: JSON.stringify(properties), blob: 'b', offset: row.source.offset };
    const time = Date.parse(String(properties.Timestamp));
    return correlator
      .observe({ ...place, id: `${time}`.padStart(16, '0'), time }, events)
      .flatMap(({ by, event, count }) =>
        by.silent ? [] : [`${row.source.offset} ${by.rule.title}: ${event.group[0]?.value} ${count}`],
      );
  });
}

describe('whatever happens', () => {
  it('the alerts of one pass reach each destination, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(logons, fc.array(step, { maxLength: 25 }), async (rows, steps) => {
        const r = correlating();
        // What arrives hours late must count here, or the two could not be compared.
        const rules = rulesOf(RULES.replace('10m', '7d').replace('20m', '7d'));
        Object.assign(r.deps, { rules: () => rules });
        const lines = linesOf(rows);
        const { put } = r.documents;
        const { save } = r.checkpoints;
        let crashes: { where: string; after: boolean; left: number } | undefined;
        const dying = async <T>(where: string, write: () => Promise<T>): Promise<T> => {
          const dies = crashes?.where === where && --crashes.left === 0 ? crashes : undefined;
          if (dies) crashes = undefined;
          const dead = new CheckpointError('storage_unavailable', 'dead');
          if (dies && !dies.after) throw dead;
          const written = await write();
          if (dies) throw dead;
          return written;
        };
        Object.assign(r.documents, {
          put: (...args: Parameters<typeof put>) =>
            args[0].startsWith(CORRELATIONS_FOLDER) ? dying('state', () => put(...args)) : put(...args),
        });
        Object.assign(r.checkpoints, {
          save: (...args: Parameters<typeof save>) => dying('checkpoint', () => save(...args)),
        });

        let written = 0;
        r.append('');
        await r.notify();
        for (const each of steps) {
          if (each.kind === 'append') {
            r.append(lines.slice(written, written + each.rows).join(''));
            written += each.rows;
          } else if (each.kind === 'notify') await r.notify();
          else if (each.kind === 'pass') await r.pass(each.seconds * 1000, 30_000);
          else if (each.kind === 'crash') crashes = { ...each, left: each.writes };
          else misbehave(r.sink(each.sink), each.fault);
        }
        crashes = undefined;
        r.append(lines.slice(written).join(''));
        for (const name of ['splunk', 'hook']) misbehave(r.sink(name), 'none');
        await r.notify();
        await r.pass(150 * MINUTE, MINUTE);

        const expected = oracle(rules, lines);
        for (const name of ['splunk', 'hook']) {
          const arrived = [...new Set(alertsIn(r.sink(name)))];
          expect(arrived.sort()).toEqual([...new Set(expected)].sort());
        }
        expect((await statesIn(r.documents)).length).toBeLessThanOrEqual(FINGERPRINTS);
      }),
      { numRuns: runs(10) },
    );
  });
});
