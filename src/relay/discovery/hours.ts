/** Chooses the prefixes to list for a range of hours. It chooses few, because Azure bills each listing. */
import { hourFolder, hourOf } from '../../shared/blob-ref.ts';
import { DAY_MS, HOUR_MS, startOfHour } from '../../shared/duration.ts';

/** The hours from that of `from` up to and including that of `to`. Milliseconds since the epoch. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

/** More days than this are listed together by their common prefix: `d=2` covers up to ten days with one request. */
const FEW_DAYS = 2;
/** The length of such a prefix, `y=2026/m=11/d=2`. */
const TEN_DAYS_LENGTH = 15;

/**
 * Prefixes, within the tenant's folder, that together cover all blobs of the hours. They also cover blobs of other hours, which
 * {@link isOfHours} excludes.
 */
export function prefixesOf({ from, to }: Hours): readonly string[] {
  const byTens = new Map<string, string[]>();
  const days: string[] = [];
  for (let first = startOfHour(from); first <= to; first = nextDay(first)) {
    const last = Math.min(nextDay(first) - HOUR_MS, startOfHour(to));
    const day = commonStart(hourFolder(first), hourFolder(last));
    const tens = day.slice(0, TEN_DAYS_LENGTH);
    days.push(day);
    byTens.set(tens, [...(byTens.get(tens) ?? []), day]);
  }
  if (days.length <= FEW_DAYS) return days;
  return [...byTens].flatMap(([tens, those]) => (those.length > 1 ? [tens] : those));
}

/** Whether a blob is in the folder of one of the hours. @param tenant the folder with which its name begins. */
export function isOfHours(name: string, tenant: string, { from, to }: Hours): boolean {
  const path = name.slice(tenant.length);
  const hour = hourOf(path);
  return hour !== undefined && hour >= startOfHour(from) && hour <= to && path.startsWith(hourFolder(hour));
}

function nextDay(at: number): number {
  return (Math.floor(at / DAY_MS) + 1) * DAY_MS;
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
