/** Cuts the texts of a message until the whole fits into the product's limit. Runs on every host, and where there is none. */
import { beginning, visible } from './alert-view/visible.ts';

/** Makes a string from a row safe to show on one line, and cuts it at `limit` UTF-16 units, ending in `…` where something is left out. */
export type Cut = (text: string, limit: number) => string;

/** Of the platform, and not `Buffer`: what encodes runs in a browser too. */
const bytes = new TextEncoder();
/** Texts are cut to these shares of their limits, until the message fits. */
const SHARES = [1, 0.5, 0.25, 0.1] as const;
/** Nothing is cut shorter than this. UTF-16 units. */
const SHORTEST = 8;

/**
 * The JSON text of what `build` makes, at most `mostBytes` long in UTF-8: `build` is given a function that cuts a text to a number of
 * UTF-16 units, or to a share of it where the whole would be too large. The smallest share must always fit.
 */
export function fitting(mostBytes: number, build: (cut: Cut) => unknown): string {
  let text = '';
  for (const share of SHARES) {
    text = JSON.stringify(
      build((whole, limit) => cutText(whole, Math.max(SHORTEST, Math.floor(limit * share)))),
    );
    if (bytes.encode(text).length <= mostBytes) break;
  }
  return text;
}

/** Shows what is invisible, and cuts at `limit` UTF-16 units, never within a surrogate pair. */
export function cutText(text: string, limit: number): string {
  const safe = visible(beginning(text, limit));
  if (safe.length <= limit) return safe;
  const end = limit - 1;
  const isHalf = /[\ud800-\udbff]/.test(safe.charAt(end - 1));
  return `${safe.slice(0, isHalf ? end - 1 : end)}…`;
}
