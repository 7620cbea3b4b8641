/** Which entities of a group are news: those that the last message on it did not know. */
import type { EntityList } from '../message.ts';

/** How many entities of each kind a message knows. */
export function countedEntities(lists: readonly EntityList[]): Readonly<Record<string, number>> {
  return Object.fromEntries(lists.map(({ kind, first, more }) => [kind, first.length + more]));
}

/**
 * The entities that came after so many of each kind were told. Lists grow at their end; where two entries turned out to be one entity, one too few is
 * called new.
 */
export function addedEntities(
  lists: readonly EntityList[],
  told: Readonly<Record<string, number>>,
): readonly EntityList[] {
  return lists.flatMap(({ kind, first, more }) => {
    const before = Object.hasOwn(told, kind) ? (told[kind] ?? 0) : 0;
    const added = first.length + more - before;
    if (added <= 0) return [];
    const named = first.slice(before);
    return [{ kind, first: named, more: added - named.length }];
  });
}
