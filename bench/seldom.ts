/**
 * Tells apart what a quiet process asks of the storage all the time from what comes seldom, and weighs each by how often it comes: in a new account,
 * the first minutes have what a day has once.
 */
import type { BilledCounts, CountedOperation } from '../lab/counting-proxy.ts';
import { BILLED, type Billed } from '../lab/storage-operations.ts';

/** A sweep of the recent hours or the wide one; a pass of the watch over the whole account; the listing of the tenants' folders. */
type Occasion = 'sweep' | 'watch' | 'tenants';

/**
 * How often they come in an hour at default settings. The wide sweep lists no more than the other where nothing was written before today. Where no rows
 * are at risk, the watch makes a pass each six hours. Tenants are remembered for a day.
 */
const AN_HOUR: Readonly<Record<Occasion, number>> = { sweep: 6 + 1, watch: 4 / 24, tenants: 1 / 24 };

const SOURCE = 'insights-logs-';
const STATE = 'xdr-relay-state';
const SWEPT = 'documents/sweeps.json';
const WATCHED = 'documents/watch.json';
const HOUR_MS = 3_600_000;

/** What an hour has of each, on average. */
export interface QuietHour {
  readonly counts: BilledCounts;
  /** By name, as Azure's logs have it. */
  readonly names: Readonly<Record<string, number>>;
  /** Those that are not free. */
  readonly total: number;
  /** The same of what comes seldom. */
  readonly seldom: number;
  /** Looks at followed blobs. */
  readonly looks: number;
}

/** How often a sweep has ended. */
export function sweepsIn(operations: readonly CountedOperation[]): number {
  return operations.filter((one) => one.name === 'PutBlob' && one.blob === SWEPT).length;
}

/** Whether the watch has made its first pass over so many tables, and their tenants are known. */
export function isSettled(operations: readonly CountedOperation[], tables: number): boolean {
  const watched = operations.filter((one) => one.name === 'PutBlob' && one.blob === WATCHED);
  return watched.length >= tables && sweepsIn(operations) > 0;
}

/**
 * The hour that a counted time stands for.
 *
 * @param before what was asked before that time: what comes seldom is counted there, too. In all of it, the watch has made one pass.
 * @param ms how long was counted.
 */
export function quietHour(
  before: readonly CountedOperation[],
  counted: readonly CountedOperation[],
  ms: number,
): QuietHour {
  const all = [...before, ...counted];
  const times: Readonly<Record<Occasion, number>> = { sweep: sweepsIn(all), watch: 1, tenants: 1 };
  const weighed = [
    ...counted.filter((one) => !occasionOf(one)).map((one) => ({ one, weight: HOUR_MS / ms })),
    ...all.flatMap((one) => {
      const occasion = occasionOf(one);
      return occasion && times[occasion] > 0
        ? [{ one, weight: AN_HOUR[occasion] / times[occasion], occasion }]
        : [];
    }),
  ];
  const counts = Object.fromEntries(BILLED.map((billed) => [billed, 0])) as Record<Billed, number>;
  const names: Record<string, number> = {};
  let seldom = 0;
  let looks = 0;
  for (const { one, weight, ...rest } of weighed) {
    counts[one.billed] += weight;
    names[one.name] = (names[one.name] ?? 0) + weight;
    if ('occasion' in rest) seldom += weight;
    else if (one.name === 'GetBlobProperties' && one.container.startsWith(SOURCE)) looks += weight;
  }
  const total = Object.entries(counts).reduce((sum, [billed, n]) => sum + (billed === 'free' ? 0 : n), 0);
  return { counts, names, total, seldom, looks };
}

/** Undefined: it comes all the time. */
function occasionOf({ name, container, blob, url }: CountedOperation): Occasion | undefined {
  if (name === 'ListBlobs') {
    const query = new URL(url, 'http://localhost').searchParams;
    const prefix = query.get('prefix') ?? '';
    if (container === STATE) return prefix.startsWith('checkpoints/') ? 'watch' : undefined;
    if (!container.startsWith(SOURCE)) return undefined;
    if (query.has('delimiter')) return 'tenants';
    return prefix === '' ? 'watch' : 'sweep';
  }
  if (container !== STATE) return undefined;
  if (blob === 'claims/sweep/watch' || (blob === WATCHED && name === 'PutBlob')) return 'watch';
  if (blob === 'claims/sweep/recent' || blob === SWEPT) return 'sweep';
  return name === 'GetBlobProperties' && blob.startsWith('checkpoints/') ? 'sweep' : undefined;
}

/** `tail.lateness`: a blob is closed so long after its hour. Milliseconds. */
const LATENESS_MS = 15 * 60_000;
/** What is measured with one set of blobs takes no longer. Milliseconds. */
const PART_MS = 25 * 60_000;

/**
 * How long to wait before the blobs of the present hour are made, so that they are not closed while they are measured: that is three requests
 * for each, once, and would be counted as if it came six times an hour.
 *
 * @param now ms since the epoch. @returns milliseconds, at most 10 minutes.
 */
export function untilNoneCloses(now: number): number {
  const left = HOUR_MS - (now % HOUR_MS);
  return left + LATENESS_MS >= PART_MS ? 0 : left;
}
