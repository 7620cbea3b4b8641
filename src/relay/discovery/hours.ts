/** Which folders are listed to see the blobs of a range of hours: few listings, each of which is a request that Azure bills. */
import { hourFolder, hourOf } from '../../shared/blob-ref.ts';
import { DAY_MS, HOUR_MS, startOfHour } from '../../shared/duration.ts';

/** The hours from `from`'s up to and including `to`'s. Milliseconds since the epoch. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

/** More days than this are listed together where their names begin alike: `d=2` is up to ten days, and one request. */
const FEW_DAYS = 2;
/** `y=2026/m=11/d=2`. */
const TEN_DAYS_LENGTH = 15;

/**
 * Name prefixes that together have all blobs of the hours, behind the tenant's folder. They also have some of other hours:
 * {@link isOfHours} tells those apart.
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

/** Whether a blob lies in the folder of one of the hours; `tenant` is the folder that its name begins with. */
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
