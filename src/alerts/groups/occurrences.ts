/** Remembers which alerts were folded, by their occurrences: fixed lengths of text, joined, by when they were folded. */
import { OCCURRENCE_LENGTH, REMEMBERED, REMEMBERED_MS } from './limits.ts';

export interface Folds {
  readonly at: number;
  readonly ids: string;
}

/** Alerts that come one by one share an entry for so long. Milliseconds. */
const TOGETHER_MS = 60_000;

export function knownOccurrences(folds: readonly Folds[]): Set<string> {
  const known = new Set<string>();
  for (const { ids } of folds) {
    for (let at = 0; at < ids.length; at += OCCURRENCE_LENGTH)
      known.add(ids.slice(at, at + OCCURRENCE_LENGTH));
  }
  return known;
}

/** The newest occurrences, within the bounds. @param folds the oldest first. */
export function rememberedOccurrences(folds: readonly Folds[], now: number): readonly Folds[] {
  let room = REMEMBERED * OCCURRENCE_LENGTH;
  const kept: Folds[] = [];
  for (const fold of folds.toReversed()) {
    if (room <= 0 || fold.at + REMEMBERED_MS <= now) break;
    const newest = fold.ids.slice(-room);
    room -= newest.length;
    const last = kept.at(-1);
    if (last !== undefined && last.at - fold.at < TOGETHER_MS) {
      kept[kept.length - 1] = { at: last.at, ids: newest + last.ids };
    } else kept.push({ at: fold.at, ids: newest });
  }
  return kept.reverse();
}
