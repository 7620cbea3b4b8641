/** Times and durations: relative, with the exact time in UTC as title. */
import { signal } from '@preact/signals';

/** The present, ms since the epoch, kept to some seconds. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 5000);

/** `3 min ago`. `at` in ms since the epoch; undefined is shown as unknown. */
export function Time({ at }: { readonly at: number | undefined }) {
  if (at === undefined) return <Unknown />;
  // An answer can be newer than the last tick.
  const age = Math.max(now.value, Date.now()) - at;
  const exact = exactTime(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={exact}>
      {age < -1000 ? `in ${formatAge(-age)}` : `${formatAge(age)} ago`}
    </time>
  );
}

/** A length of time, in seconds: `3 min`. Undefined is shown as unknown. */
export function Duration({ seconds }: { readonly seconds: number | undefined }) {
  if (seconds === undefined) return <Unknown />;
  return <span title={`${seconds.toLocaleString('en')} seconds`}>{formatAge(seconds * 1000)}</span>;
}

/** The age of the oldest row that waits, in seconds: 0 where none does. */
export function Oldest({ seconds }: { readonly seconds: number | undefined }) {
  return seconds === 0 ? <>nothing waits</> : <Duration seconds={seconds} />;
}

/** What nobody knows, which is not zero. */
export function Unknown({ why }: { readonly why?: string }) {
  return (
    <span class="unknown" title={why}>
      unknown
    </span>
  );
}

/** `2026-11-27 18:20:05 UTC`. */
export function exactTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** Milliseconds as a person says them: `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function formatAge(ms: number): string {
  const at = UNITS.findIndex(([length]) => ms >= length);
  if (at === -1) return '0 s';
  const [length, unit] = UNITS[at] ?? [1000, 's'];
  const count = Math.floor(ms / length);
  const finer = UNITS[at + 1];
  const rest = finer && at < 2 && count < 10 ? Math.floor((ms % length) / finer[0]) : 0;
  return rest > 0 ? `${count} ${unit} ${rest} ${finer?.[1]}` : `${count} ${unit}`;
}
