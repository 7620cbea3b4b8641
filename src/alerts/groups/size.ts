/** Keeps a document below its limit by giving up details, never alerts. */
import { cutEnvelope, jsonBytes } from './cut.ts';
import { shortenedEntities } from './entities.ts';
import type { Group, Shard } from './state.ts';

/** Ways to make a document smaller, the least painful first. */
const STEPS: readonly ((group: Group) => Group)[] = [
  (group) => ({ ...group, entities: group.entities.map((one) => ({ ...one, seen: '' })) }),
  ({ common: _, ...group }) => group,
  (group) => ({ ...group, entities: shortenedEntities(group.entities) }),
  (group) => ({ ...group, envelope: cutEnvelope(group.envelope, 4_096) }),
  (group) => ({ ...group, envelope: cutEnvelope(group.envelope, 1_024), others: [], by: [] }),
];

/** The document, with details given up until its JSON has at most so many bytes; undefined if that cannot be. */
export function fitting(shard: Shard, bytes: number): Shard | undefined {
  let current = shard;
  // Each character of JSON is at least one byte of it, so most documents need no second look.
  if (jsonBytes(current) <= bytes) return current;
  for (const step of STEPS) {
    current = { ...current, groups: current.groups.map(step) };
    if (jsonBytes(current) <= bytes) return current;
  }
  return undefined;
}
