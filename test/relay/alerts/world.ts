/** Consumers that fold alerts for one destination for people and say them, over one state in memory. */
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { AlertMessage, Message } from '../../../src/alerts/message.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { makeBatch } from '../../../src/delivery/batch.ts';
import { encodedAlone } from '../../../src/delivery/copies.ts';
import type { Messenger } from '../../../src/destinations/messenger.ts';
import type { Batch, Destination } from '../../../src/destinations/port.ts';
import { RECORDS } from '../../../src/destinations/record.ts';
import { foldingDestination, type People } from '../../../src/relay/alerts/people.ts';
import { createSilenceBook } from '../../../src/relay/silences/book.ts';
import { alertId } from '../../../src/rules/alert-id.ts';
import type { Level, RuleRef } from '../../../src/shared/event.ts';

export const START = Date.UTC(2026, 10, 26, 20);
const NEVER = new AbortController().signal;

export interface RowOptions {
  readonly host?: string;
  readonly rule?: RuleRef;
  readonly level?: Level;
  readonly table?: string;
  readonly event?: Readonly<Record<string, string>>;
  /** Where a template files it. */
  readonly channel?: string;
  /** Whether the row raises nothing. */
  readonly evidence?: boolean;
}

/** One thing that was said, and when. */
export interface Heard {
  readonly at: number;
  readonly messages: readonly Message[];
}

export interface WorldOptions {
  readonly messenger?: Partial<Messenger>;
  readonly joinWaitMs?: () => number;
}

export function world({ messenger: own = {}, joinWaitMs = () => 2 * 60_000 }: WorldOptions = {}) {
  const clock = new FakeClock(START, { sleepPasses: true });
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  const deadLetters = createMemoryDeadLetters({ clock });
  const metrics = recordingMetrics();
  const heard: Heard[] = [];
  let posts = 0;
  const messenger: Messenger = {
    updates: 'none',
    wantsEnd: false,
    intervalMs: 1_000,
    async say(message) {
      heard.push({ at: clock.now(), messages: [message] });
      posts += 1;
      return `post-${posts}`;
    },
    async digest(messages) {
      heard.push({ at: clock.now(), messages });
    },
    ...own,
  };
  const destination: Destination = {
    name: 'soc',
    type: 'slack',
    batch: { items: 500, bytes: 1 << 20, ageMs: 0 },
    concurrency: 4,
    encoding: RECORDS,
    messenger,
    send: async () => {
      throw new Error('people are told by the notifier');
    },
    close: async () => {},
  };

  /** @param through what this consumer reads and writes the state through. */
  function consumer(through: StateDocuments = documents): People {
    const made = foldingDestination(destination, {
      documents: through,
      deadLetters,
      clock,
      logger: silentLogger,
      metrics,
      joinWaitMs,
      silences: createSilenceBook({ documents: through, clock, logger: silentLogger, metrics }),
    });
    if (!made) throw new Error('no destination for people');
    return made;
  }

  /** Says what is due, and what becomes due within the next `ms`. */
  async function passes(people: People, ms = 60_000): Promise<void> {
    const end = clock.monotonic() + ms;
    while (clock.monotonic() < end) {
      await people.notifier.pass({ ms: end - clock.monotonic(), aheadMs: 0 }, NEVER);
      clock.advance(1_000);
    }
  }

  const damage = (name: string, content: string) => damageDocument(stored, name, content);

  return { clock, documents, damage, deadLetters, destination, metrics, heard, messenger, consumer, passes };
}

/** A batch of one alert for each number. */
export function batchOf(
  rows: readonly number[],
  optionsOf: (row: number) => RowOptions = () => ({}),
  reading: string | 'none' = 'first',
): Batch {
  return batchOfRows(
    rows.map((row) => [row, [optionsOf(row)]] as const),
    reading,
  );
}

/** A batch of rows, each with its deliveries. */
export function batchOfRows(
  rows: readonly (readonly [row: number, deliveries: readonly RowOptions[]])[],
  reading: string | 'none' = 'first',
): Batch {
  const items = rows.flatMap(([row, deliveries]) =>
    deliveries.map((options) => {
      const { host = 'ws-1', rule = { id: 'rule-1', title: 'A rule' }, level = 'high' } = options;
      const { table = 'DeviceProcessEvents' } = options;
      const id = row.toString(16).padStart(32, '0');
      const time = new Date(START + row).toISOString();
      const event = { Timestamp: time, DeviceName: host, ...options.event };
      const head = {
        id,
        time,
        table,
        ...(options.evidence === true
          ? { evidence: true as const }
          : { severity: level, rule, alertId: alertId(id, rule) }),
        ...(options.channel !== undefined && { metadata: { channel: options.channel } }),
        source: { blob: 'c/b', offset: row * 100 },
      };
      const delivery = {
        head,
        event,
        writeRaw() {},
        writeEvent: (writer: { json(value: unknown): void }) => writer.json(event),
        writeMapped() {},
        column: () => undefined,
      };
      return encodedAlone(RECORDS, delivery, new TextEncoder().encode('{}'));
    }),
  );
  return makeBatch('soc/c/b', items, RECORDS, reading === 'none' ? undefined : reading);
}

/** Everything that an async iterable yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export function numbers(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** The alert messages among what was heard, in order. */
export function alertsIn(heard: readonly Heard[]): readonly AlertMessage[] {
  return heard.flatMap(({ messages }) => messages.filter((message) => message.kind === 'alert'));
}

/** By group, the highest count that was said. */
export function countsIn(heard: readonly Heard[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { groupId, count } of alertsIn(heard)) {
    counts.set(groupId, Math.max(count, counts.get(groupId) ?? 0));
  }
  return counts;
}

export function total(heard: readonly Heard[]): number {
  return [...countsIn(heard).values()].reduce((sum, count) => sum + count, 0);
}

/** What a consumer dies of, after so many requests to the state: before the last has an effect, or after it. */
export function dying(documents: StateDocuments, requests: number, isAfter: boolean) {
  const died = Promise.withResolvers<'died'>();
  let left = requests;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left > 0) return work();
    if (left === 0 && isAfter) await work();
    died.resolve('died');
    return new Promise<never>(() => {});
  };
  const through: StateDocuments = {
    ...documents,
    get: (...args) => guarded(() => documents.get(...args)),
    put: (...args) => guarded(() => documents.put(...args)),
    remove: (...args) => guarded(() => documents.remove(...args)),
  };
  return { through, died: died.promise };
}
