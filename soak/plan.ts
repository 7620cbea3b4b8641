/** Makes the plan of a soak from a seed: what is done to the relay, and when. */
import { createRandom, type Random } from '../lab/generator/random.ts';
import { PEOPLE, TABLES, type Table } from './marks.ts';

/** A blow: something that is done to the relay at a set time. Times are in milliseconds from the run's start, durations in milliseconds. */
export type Blow =
  | { readonly kind: 'kill'; readonly at: number; readonly consumer: number; readonly downMs: number }
  | { readonly kind: 'terminate'; readonly at: number; readonly consumer: number; readonly downMs: number }
  | { readonly kind: 'suspend'; readonly at: number; readonly consumer: number; readonly forMs: number }
  | { readonly kind: 'restart_storage'; readonly at: number; readonly downMs: number }
  | { readonly kind: 'step_clock'; readonly at: number; readonly consumer: number; readonly byMs: number }
  | { readonly kind: 'break_claims'; readonly at: number; readonly part: number }
  /** For some time, this part of all requests to the storage fails. */
  | { readonly kind: 'brown_out'; readonly at: number; readonly forMs: number; readonly part: number }
  | {
      readonly kind: 'outage';
      readonly at: number;
      readonly forMs: number;
      readonly destination: string;
      readonly how: OutageKind;
    }
  /** One destination fails every row of a table, and accepts all others. */
  | {
      readonly kind: 'refuse_table';
      readonly at: number;
      readonly forMs: number;
      readonly destination: string;
      readonly table: Table;
      readonly how: TableRefusal;
    }
  /** The content of some blob cannot be read. `for_good` lasts until everything else has arrived. */
  | { readonly kind: 'archive'; readonly at: number; readonly forMs: number | 'for_good' }
  | {
      readonly kind: 'unlistable';
      readonly at: number;
      readonly forMs: number;
      readonly table: Table;
      readonly how: ListingFault;
    };

export const OUTAGES = ['401', '403', '404', '503', '503_for_a_day', 'reset', 'silence'] as const;
export type OutageKind = (typeof OUTAGES)[number];

export const TABLE_REFUSALS = ['refused', '500', '403'] as const;
export type TableRefusal = (typeof TABLE_REFUSALS)[number];

export const LISTING_FAULTS = ['ContainerBeingDeleted', 'OperationTimedOut', 'ServerBusy'] as const;
export type ListingFault = (typeof LISTING_FAULTS)[number];

export interface PlanOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly consumers: number;
  readonly destinations: readonly string[];
}

/** The kinds of blows. They are dealt from a shuffled deck, so that each kind occurs in a run of some minutes. */
const DECK = [
  'kill',
  'kill',
  'kill',
  'terminate',
  'suspend',
  'suspend_long',
  'restart_storage',
  'step_clock',
  'step_clock',
  'break_claims',
  'break_claims',
  'brown_out',
  'outage',
  'outage',
  'refuse_table',
  'archive',
  'unlistable',
  'step_clock_by_a_day',
] as const;

const FIRST_MS = 2_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Makes a plan. The same seed and options give the same plan. */
export function makePlan(options: PlanOptions): readonly Blow[] {
  const { seed, durationMs, destinations } = options;
  const random = createRandom(seed);
  const blows: Blow[] = [];
  let deck: (typeof DECK)[number][] = [];
  // A short run gets the same variety of blows at a faster pace.
  const pace = Math.min(1, Math.max(0.25, durationMs / (2 * MINUTE_MS)));
  for (let at = FIRST_MS; at < durationMs - 1_000; at += random.int(2_500, 7_500) * pace) {
    if (deck.length === 0) deck = shuffled(DECK, random);
    const kind = deck.pop();
    if (kind) blows.push(blow(kind, Math.round(at), random, options));
  }
  if (durationMs >= MINUTE_MS) {
    blows.push({
      kind: 'outage',
      at: Math.round(durationMs * 0.3),
      forMs: Math.round(durationMs * 0.35),
      destination: oneOf(destinations, random),
      how: oneOf(OUTAGES, random),
    });
    blows.push({ kind: 'archive', at: Math.round(durationMs * 0.2), forMs: 'for_good' });
  }
  return blows.sort((a, b) => a.at - b.at);
}

function blow(kind: (typeof DECK)[number], at: number, random: Random, options: PlanOptions): Blow {
  const { durationMs, consumers, destinations } = options;
  const consumer = random.int(0, consumers - 1);
  const atMost = (ms: number) => Math.min(ms, Math.round(durationMs / 3));
  switch (kind) {
    case 'kill':
    case 'terminate':
      return { kind, at, consumer, downMs: random.int(0, 3_000) };
    case 'suspend':
      return { kind, at, consumer, forMs: atMost(random.int(1_000, 12_000)) };
    case 'suspend_long':
      return { kind: 'suspend', at, consumer, forMs: atMost(random.int(32_000, 45_000)) };
    case 'restart_storage':
      return { kind, at, downMs: random.int(0, 2_000) };
    case 'step_clock': {
      const minutes = random.chance(0.7) ? random.int(1, 4) : random.int(5, 20);
      return { kind, at, consumer, byMs: minutes * MINUTE_MS * (random.chance(0.5) ? 1 : -1) };
    }
    case 'break_claims':
      return { kind, at, part: 0.3 + 0.7 * random.next() };
    case 'brown_out':
      return { kind, at, forMs: atMost(random.int(3_000, 10_000)), part: 0.3 + 0.5 * random.next() };
    case 'outage':
      return {
        kind,
        at,
        forMs: atMost(random.int(4_000, 15_000)),
        destination: oneOf(destinations, random),
        how: oneOf(OUTAGES, random),
      };
    case 'refuse_table':
      return {
        kind,
        at,
        forMs: atMost(random.int(10_000, 35_000)),
        // People get messages, not rows of tables.
        destination: oneOf(
          destinations.filter((name) => !PEOPLE.includes(name)),
          random,
        ),
        table: oneOf(TABLES, random),
        how: oneOf(TABLE_REFUSALS, random),
      };
    case 'archive':
      return { kind, at, forMs: atMost(random.int(10_000, 40_000)) };
    case 'unlistable':
      return {
        kind,
        at,
        forMs: atMost(random.int(10_000, 30_000)),
        table: oneOf(TABLES, random),
        how: oneOf(LISTING_FAULTS, random),
      };
    case 'step_clock_by_a_day':
      return { kind: 'step_clock', at, consumer, byMs: random.chance(0.7) ? DAY_MS : -DAY_MS };
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(random.int(0, left.length - 1), 1));
  return out;
}

function oneOf<T>(items: readonly T[], random: Random): T {
  const item = items[random.int(0, items.length - 1)];
  if (item === undefined) throw new RangeError('Nothing to choose from.');
  return item;
}
