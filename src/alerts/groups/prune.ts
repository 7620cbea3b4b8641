/** Removes what is over: groups that ended and were said, and occurrences that nobody asks for any more. */
import { REMEMBERED_MS } from './limits.ts';
import { awaitsEnd, type Group, isOpen, nextSeq, type Shard } from './state.ts';

/**
 * The document without what is over; undefined if nothing is left, so that it can be removed. The same object where nothing changed.
 *
 * @param wantsEnd whether the destination is told the end of a group. Such a group stays until it was.
 */
export function prune(shard: Shard, now: number, wantsEnd: boolean): Shard | undefined {
  const groups = prunedGroups(shard.groups, now, wantsEnd);
  const ids = shard.ids.filter(({ at }) => at + REMEMBERED_MS > now);
  if (groups.length === 0 && ids.length === 0) return undefined;
  if (groups.length === shard.groups.length && ids.length === shard.ids.length) return shard;
  return { ...shard, seq: nextSeq(shard, now), groups, ids };
}

/** The groups that alerts may join or that have something to say. */
export function prunedGroups(groups: readonly Group[], now: number, wantsEnd: boolean): readonly Group[] {
  return groups.filter((group) => !isOver(group, now, wantsEnd));
}

function isOver(group: Group, now: number, wantsEnd: boolean): boolean {
  if (isOpen(group, now) || group.said < group.count) return false;
  return !awaitsEnd(group, wantsEnd);
}
