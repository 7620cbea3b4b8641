/** Remembers the entities of a group within bounds: the first few of each kind, and how many others there were. */
import { shortDigest } from '../../shared/digest.ts';
import { ENTITY_KINDS, type Entity, type EntityKind, type EntityList } from '../message.ts';
import { COUNTED_ENTITIES, LISTED_ENTITIES, LISTED_HOSTS, NAME_LENGTH } from './limits.ts';

type Named = {
  readonly name: string;
  readonly id?: string | undefined;
  readonly column?: string | undefined;
};

/** The entities of one kind that a group has seen. */
export interface EntityMemory {
  readonly kind: EntityKind;
  readonly first: readonly Named[];
  /** Digests of those that are not in `first`, six characters each, joined. */
  readonly seen: string;
}

const DIGEST_LENGTH = 6;

/** Adds entities that are not known yet. The memory itself is unchanged, and returned where nothing is new. */
export function withEntities(
  memory: readonly EntityMemory[],
  entities: readonly Entity[],
): readonly EntityMemory[] {
  let all = memory;
  for (const entity of entities) {
    const known = all.find(({ kind }) => kind === entity.kind) ?? { kind: entity.kind, first: [], seen: '' };
    const added = withEntity(known, entity);
    if (added === known) continue;
    all = [...all.filter(({ kind }) => kind !== entity.kind), added];
  }
  return all;
}

/** The lists as messages show them, in the order of ENTITY_KINDS. */
export function entityLists(memory: readonly EntityMemory[]): readonly EntityList[] {
  return ENTITY_KINDS.flatMap((kind) => {
    const known = memory.find((one) => one.kind === kind);
    if (known === undefined || known.first.length === 0) return [];
    const first = known.first.map(
      ({ name, id }): Entity => ({ kind, name, ...(id !== undefined && { id }) }),
    );
    return [{ kind, first, more: known.seen.length / DIGEST_LENGTH }];
  });
}

/** The same with fewer details, for a document that became too large. */
export function shortenedEntities(memory: readonly EntityMemory[]): readonly EntityMemory[] {
  return memory.map(({ kind, first, seen }) => ({
    kind,
    first: first.slice(0, 3).map(({ name }) => ({ name: name.slice(0, 40) })),
    seen,
  }));
}

function withEntity(known: EntityMemory, entity: Entity): EntityMemory {
  const name = entity.name.slice(0, NAME_LENGTH);
  const id = entity.id?.slice(0, NAME_LENGTH);
  if (name === '' || known.first.some((one) => isSame(one, { name, id }))) return known;
  const most = known.kind === 'host' ? LISTED_HOSTS : LISTED_ENTITIES;
  if (known.first.length < most) {
    const { column } = entity;
    const added = { name, ...(id !== undefined && { id }), ...(column !== undefined && { column }) };
    return { ...known, first: [...known.first, added] };
  }
  if (known.seen.length >= COUNTED_ENTITIES * DIGEST_LENGTH) return known;
  const digest = shortDigest(`${known.kind}\n${name.toLowerCase()}`).slice(0, DIGEST_LENGTH);
  for (let at = 0; at < known.seen.length; at += DIGEST_LENGTH) {
    if (known.seen.startsWith(digest, at)) return known;
  }
  return { ...known, seen: known.seen + digest };
}

/** Names of hosts, users and files differ in letter case from row to row. */
function isSame(one: Named, other: Named): boolean {
  return one.name.length === other.name.length && one.name.toLowerCase() === other.name.toLowerCase();
}
