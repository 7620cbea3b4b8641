import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { type Readings, recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { breakerDocument } from '../../../src/delivery/breaker.ts';
import type { DeadLetterArchive } from '../../../src/delivery/dead-letters.ts';
import { indexDocument } from '../../../src/relay/alerts/names.ts';
import { expectedOperations } from '../../../src/relay/cost/expected.ts';
import { recordSweep } from '../../../src/relay/discovery/sweep-record.ts';
import { KnownTroubles, openTroubles } from '../../../src/relay/operational/known.ts';
import {
  lookOnce,
  type OperationalDeps,
  type OperationalSettings,
} from '../../../src/relay/operational/watch.ts';
import { forgetRules, tellRules } from '../../../src/relay/rule-sets/records.ts';
import { withSeen } from '../../../src/relay/source/tables.ts';
import { enableDestination } from '../../../src/relay/status/service.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SETTINGS: OperationalSettings = {
  to: ['on-call', 'soc-slack'],
  settleMs: 5 * MINUTE,
  repeatMs: HOUR,
  silentAfterMs: 24 * HOUR,
};
const signal = new AbortController().signal;

interface Rig {
  readonly deps: OperationalDeps;
  readonly clock: FakeClock;
  readonly metrics: Readings;
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  /** What was announced, without repeats. */
  readonly told: () => readonly string[];
  readonly lists: () => number;
  /** How many announcements are to fail. */
  failing: number;
}

function rig(): Rig {
  const clock = new FakeClock(Date.UTC(2026, 10, 23, 7));
  const metrics = recordingMetrics();
  const memory = createMemoryStateDocuments();
  const deadLetters = createMemoryDeadLetters({ clock });
  let lists = 0;
  const documents: StateDocuments = {
    ...memory,
    list(prefix, over) {
      lists += 1;
      return memory.list(prefix, over);
    },
  };
  const stored = new Map<string, OperationalMessage>();
  const made: Rig = {
    clock,
    metrics,
    documents,
    deadLetters,
    lists: () => lists,
    told: () =>
      [...stored.entries()].map(([key, { phase, title }]) => `${phase} ${title} -> ${key.split(' ')[0]}`),
    failing: 0,
    deps: {
      documents,
      deadLetters,
      sources: [{ name: undefined, documents }],
      clock,
      logger: silentLogger,
      metrics,
      known: KnownTroubles.create(metrics),
      destinations: () => [{ name: 'splunk', isOpen: true }],
      async announce(to, message) {
        if (made.failing > 0) {
          made.failing -= 1;
          throw new Error('the state does not answer');
        }
        stored.set(`${to} ${message.id} ${message.phase}`, message);
      },
    },
  };
  return made;
}

async function down({ documents, clock }: Rig, name: string, since = clock.now()): Promise<void> {
  const record = {
    failures: 3,
    openUntil: since + MINUTE,
    pause: MINUTE,
    code: 'timeout',
    message: 'no answer',
    since,
    probedUntil: 0,
  };
  const stored = await documents.get(breakerDocument(name));
  await documents.put(breakerDocument(name), record, stored?.etag);
}

/** Looks each minute. */
async function look(one: Rig, minutes = 1): Promise<void> {
  for (let at = 0; at < minutes; at++) {
    await lookOnce(one.deps, SETTINGS, signal);
    one.clock.advance(MINUTE);
  }
}

describe('the watch over the relay’s own troubles', () => {
  it('tells that a destination is disabled, and that it was enabled', async () => {
    const made = rig();
    const { deps, clock, documents, told } = made;
    await down(made, 'splunk');
    const stored = await documents.get(breakerDocument('splunk'));
    const record = z.record(z.string(), z.json()).parse(stored?.value);
    await documents.put(breakerDocument('splunk'), { ...record, disabledAt: clock.now() }, stored?.etag);
    await lookOnce(deps, SETTINGS, signal);
    expect(told()).toEqual(['first splunk is disabled -> on-call', 'first splunk is disabled -> soc-slack']);
    // Looks between the listings do not take it for over.
    clock.advance(MINUTE);
    await lookOnce({ ...deps, destinations: () => [] }, SETTINGS, signal);
    expect(told()).toHaveLength(2);
    await enableDestination(documents, 'splunk');
    clock.advance(MINUTE);
    await lookOnce(deps, SETTINGS, signal);
    expect(told()).toContain('end splunk is enabled again -> on-call');
  });

  it('tells of a destination that is out of service, and of its end, once over all consumers', async () => {
    const one = rig();
    await down(one, 'splunk');
    for (let minute = 0; minute < 10; minute++) {
      await Promise.all([1, 2, 3].map(() => lookOnce(one.deps, SETTINGS, signal)));
      one.clock.advance(MINUTE);
    }
    expect(one.told()).toEqual([
      'first splunk is out of service -> on-call',
      'first splunk is out of service -> soc-slack',
    ]);
    await one.documents.remove(breakerDocument('splunk'));
    await look(one, 10);
    expect(one.told().slice(2)).toEqual([
      'end splunk is in service again -> on-call',
      'end splunk is in service again -> soc-slack',
    ]);
  });

  it('tells of a destination for people that takes no messages, which has no breaker, and of its end', async () => {
    const one = rig();
    const name = indexDocument('soc-teams');
    const pause = {
      until: one.clock.now() + MINUTE,
      ms: MINUTE,
      failures: 3,
      since: one.clock.now(),
      code: 'server_error',
      message: 'Teams answered 500',
    };
    await one.documents.put(name, { v: 1, nextAt: 0, shards: {}, pause }, undefined);
    const deps = { ...one.deps, destinations: () => [{ name: 'soc-teams', isOpen: true }] };
    await look({ ...one, deps }, 10);
    expect(one.told()).toEqual([
      'first soc-teams is out of service -> on-call',
      'first soc-teams is out of service -> soc-slack',
    ]);
    await one.documents.put(name, { v: 1, nextAt: 0, shards: {} }, (await one.documents.get(name))?.etag);
    await look({ ...one, deps }, 10);
    expect(one.told().slice(2)).toEqual([
      'end soc-teams is in service again -> on-call',
      'end soc-teams is in service again -> soc-slack',
    ]);
  });

  it('says in the gauge and in the state which troubles are not over', async () => {
    const one = rig();
    const gauge = (type: string) => one.metrics.gaugeValue('xdr_relay_operational_troubles', { type });
    expect([gauge('destination'), await openTroubles(one.documents)]).toEqual([undefined, []]);
    const since = one.clock.now() - HOUR;
    await down(one, 'splunk', since);
    await look(one);
    expect([gauge('destination'), gauge('rules')]).toEqual([1, 0]);
    expect(await openTroubles(one.documents)).toEqual([
      { id: expect.any(String), kind: 'destination', subjects: ['splunk'], since },
    ]);
    await one.documents.remove(breakerDocument('splunk'));
    await look(one, 7);
    expect(gauge('destination')).toBe(0);
    expect(await openTroubles(one.documents)).toEqual([]);
    await lookOnce(one.deps, undefined, signal);
    expect(gauge('destination')).toBeUndefined();
  });

  it('takes the operations that "xdr-relay cost" expects of it', async () => {
    const one = rig();
    const counts = { read: 0, write: 0, list: 0 };
    const { documents, deadLetters } = one.deps;
    const counted: OperationalDeps = {
      ...one.deps,
      documents: {
        ...documents,
        get: (name, over) => {
          counts.read += 1;
          return documents.get(name, over);
        },
        put: (name, value, etag) => {
          counts.write += 1;
          return documents.put(name, value, etag);
        },
        list: (prefix, over) => {
          counts.list += 1;
          return documents.list(prefix, over);
        },
      },
      deadLetters: {
        list: (filter, over) => {
          counts.list += 1;
          return deadLetters.list(filter, over);
        },
      },
      // The document of tables is read through the source's own documents.
      sources: one.deps.sources.map((source) => ({
        ...source,
        documents: {
          ...source.documents,
          get: (name, over) => {
            counts.read += 1;
            return source.documents.get(name, over);
          },
        },
      })),
      destinations: () => ['splunk', 'soc-slack', 'on-call'].map((name) => ({ name, isOpen: false })),
    };
    await tellRules(
      one.documents,
      { kind: 'node', name: 'web-1:1' },
      { version: 'v1', seen: one.clock.now() },
    );
    for (let minute = 0; minute < 60; minute++) {
      one.clock.advance(MINUTE);
      await lookOnce(counted, SETTINGS, signal);
    }
    const workload = { tables: 1, appendsADay: 0, destinations: 3 };
    const pace = {
      sweepIntervalMs: HOUR,
      recentMs: HOUR,
      wideIntervalMs: HOUR,
      pollMinMs: MINUTE,
      pollMaxMs: MINUTE,
      checkpointEveryMs: MINUTE,
    };
    const [without, more] = [false, true].map((operational) =>
      expectedOperations({ ...workload, operational }, pace),
    );
    const expected = (type: 'read' | 'write' | 'list') => (more?.[type] ?? 0) - (without?.[type] ?? 0);
    expect({ read: expected('read'), write: expected('write'), list: expected('list') }).toEqual(counts);
  });

  it('tells later what could not be handed over, and beginnings before ends', async () => {
    const one = rig();
    await down(one, 'splunk', one.clock.now() - HOUR);
    one.failing = Number.POSITIVE_INFINITY;
    await look(one);
    await one.documents.remove(breakerDocument('splunk'));
    await look(one, 8);
    expect(one.told()).toEqual([]);
    one.failing = 1;
    await look(one, 2);
    const ofOnCall = one.told().filter((text) => text.endsWith('on-call'));
    expect(ofOnCall).toEqual([
      'first splunk is out of service -> on-call',
      'end splunk is in service again -> on-call',
    ]);
    expect(one.told()).toHaveLength(4);
  });

  it('tells of refused rules once, whatever host refuses them, also after a restart', async () => {
    const one = rig();
    const refused = {
      at: one.clock.now(),
      total: 1,
      errors: [
        { code: 'unknown-column', message: 'unknown column "Nme"', file: 'a.yaml', line: 3, column: 1 },
      ],
    };
    for (const name of ['web-1:1', 'web-1:2', 'web-2:1']) {
      await tellRules(
        one.documents,
        { kind: 'node', name },
        { version: 'v1', seen: one.clock.now(), refused },
      );
      await look(one, 12);
      await forgetRules(one.documents, { kind: 'node', name });
    }
    const [message] = one.told();
    expect(one.told()).toHaveLength(2);
    expect(message).toBe('first the new rules were refused -> on-call');
    await look(one, 30);
    expect(one.told()).toHaveLength(4);
  });

  it('tells of dead letters by destination, and when none of the last day is left', async () => {
    const one = rig();
    const letter = {
      destination: 'splunk',
      reason: 'hec_6',
      message: 'no',
      source: { blob: 'c/b', offset: 0 },
      length: 3,
      row: Buffer.from('{}\n'),
    };
    const { deadLetters } = one.deps as unknown as {
      deadLetters: ReturnType<typeof createMemoryDeadLetters>;
    };
    await deadLetters.put(letter);
    await deadLetters.put({ ...letter, destination: undefined, reason: 'not_json' });
    await look(one, 15);
    expect(one.told()[0]).toBe('first new dead letters: rows that could not be read, splunk -> on-call');
    one.clock.advance(25 * HOUR);
    await look(one, 15);
    expect(one.told().filter((text) => text.startsWith('end'))).toHaveLength(2);
  });

  it('tells of a silent table, and that it is written again', async () => {
    const one = rig();
    const container = 'insights-logs-advancedhunting-deviceprocessevents';
    const sweep = (lastWrite: number) =>
      recordSweep(one.documents, { name: 'recent', began: one.clock.now() }, (before) =>
        withSeen(
          before,
          { newest: new Map([[container, lastWrite]]), from: 0 },
          { now: one.clock.now(), floorMs: 24 * HOUR },
        ),
      );
    await sweep(one.clock.now());
    await look(one, 11);
    expect(one.told()).toEqual([]);
    one.clock.advance(30 * HOUR);
    await look(one, 1);
    expect(one.told()[0]).toMatch(/^first DeviceProcessEvents is silent -> on-call$/);
    await sweep(one.clock.now());
    await look(one, 11);
    expect(one.told().at(-1)).toMatch(/^end DeviceProcessEvents is written again -> soc-slack$/);
  });

  it('lists at most every ten minutes, over all consumers', async () => {
    const one = rig();
    for (let minute = 0; minute < 60; minute++) {
      for (const consumer of [1, 2, 3]) {
        await lookOnce(
          { ...one.deps, destinations: () => [{ name: `d${consumer}`, isOpen: false }] },
          SETTINGS,
          signal,
        );
      }
      one.clock.advance(MINUTE);
    }
    expect(one.lists()).toBe(6);
  });

  it('forgets what waits for a destination that is no longer told', async () => {
    const one = rig();
    await down(one, 'splunk', one.clock.now() - HOUR);
    one.failing = Number.POSITIVE_INFINITY;
    await look(one);
    one.failing = 0;
    await lookOnce(one.deps, { ...SETTINGS, to: ['soc-slack'] }, signal);
    expect(one.told()).toEqual(['first splunk is out of service -> soc-slack']);
  });

  it('reads nothing where nobody is to be told', async () => {
    const one = rig();
    const documents = { ...one.documents, get: () => Promise.reject(new Error('read')) };
    await lookOnce({ ...one.deps, documents }, undefined, signal);
    await lookOnce({ ...one.deps, documents }, { ...SETTINGS, to: [] }, signal);
  });

  it('writes over a document that is not the relay’s', async () => {
    const one = rig();
    await one.documents.put('operational', { v: 7, nonsense: true }, undefined);
    await down(one, 'splunk', one.clock.now() - HOUR);
    await look(one);
    expect(one.told()).toHaveLength(2);
  });
});
