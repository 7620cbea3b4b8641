/** Finds the days, by table and tenant, that have blobs in a range of hours. */

import { BlobError } from '../../blobs/errors.ts';
import { hourOf, isRowBlobName } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import type { RelayDeps } from '../source/deps.ts';
import { type FoundBlob, withCheckpoints } from './found-blobs.ts';

export type ListingDeps = Pick<RelayDeps, 'blobs' | 'checkpoints'>;

/** A range of hours in some or all containers of a storage account. */
export interface Range {
  /** Only containers whose names begin with this are listed. */
  readonly containerPrefix: string;
  /** Only these containers; undefined for all. */
  readonly containers?: readonly string[] | undefined;
  /** With `to`, selects hours that end after `from` and begin before `to`. Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** One day of one tenant in one container. */
export interface Day {
  readonly container: string;
  /** `tenantId=<guid>/`. */
  readonly tenant: string;
  /** `y=2026/m=11/d=23/`. */
  readonly folder: string;
}

/** Called for a container that cannot be listed and is skipped. Throws if no container can be listed. */
export type PassOver = (container: string, error: BlobError) => void | Promise<void>;

/**
 * The days of the range that have blobs, sorted by container, tenant and date. Lists folders, not blobs.
 *
 * With `passOver`, a container that cannot be listed, for whatever reason, is skipped from that point on. Without it, and if the
 * containers themselves cannot be listed, throws BlobError.
 */
export async function* daysIn(
  deps: ListingDeps,
  range: Range,
  passOver: PassOver | undefined,
  signal?: AbortSignal,
): AsyncGenerator<Day> {
  for await (const container of deps.blobs.containers(range.containerPrefix, signal)) {
    if (range.containers && !range.containers.includes(container)) continue;
    try {
      yield* daysOf(deps, range, container, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!passOver || !(error instanceof BlobError)) throw error;
      await passOver(container, error);
    }
  }
}

async function* daysOf(
  { blobs }: ListingDeps,
  range: Range,
  container: string,
  signal?: AbortSignal,
): AsyncGenerator<Day> {
  for await (const tenant of blobs.folders(container, '', signal)) {
    for await (const year of blobs.folders(container, tenant, signal)) {
      if (!overlaps(range, year.slice(tenant.length))) continue;
      for await (const month of blobs.folders(container, year, signal)) {
        if (!overlaps(range, month.slice(tenant.length))) continue;
        for await (const day of blobs.folders(container, month, signal)) {
          const folder = day.slice(tenant.length);
          if (overlaps(range, folder)) yield { container, tenant, folder };
        }
      }
    }
  }
}

/** The blobs of a day whose hours are in the range. */
export function blobsOf(
  deps: ListingDeps,
  { container, tenant, folder }: Day,
  range: Range,
  signal?: AbortSignal,
): AsyncGenerator<FoundBlob> {
  const isWanted = (name: string) => {
    const hour = hourOf(name);
    const isInRange = hour !== undefined && hour < range.to && hour + HOUR_MS > range.from;
    return isInRange && isRowBlobName(name);
  };
  return withCheckpoints(deps, { container, prefix: tenant + folder, isWanted }, signal);
}

const PERIOD = /^y=(\d{4})\/(?:m=(\d{2})\/(?:d=(\d{2})\/)?)?$/;

/** Whether a folder `y=.../`, `y=.../m=.../` or `y=.../m=.../d=.../` can contain hours of the range. */
function overlaps({ from, to }: Range, folder: string): boolean {
  const [, year, month, day] = PERIOD.exec(folder) ?? [];
  if (year === undefined) return false;
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  const begin = Date.UTC(y, m, d);
  const end = Date.UTC(
    month === undefined ? y + 1 : y,
    day === undefined && month ? m + 1 : m,
    day ? d + 1 : d,
  );
  return begin < to && end > from;
}
