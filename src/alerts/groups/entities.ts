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
/** Kinds whose id is a hash of what is in them: a copy under another name has the same. */
const HASHED: ReadonlySet<EntityKind> = new Set(['process', 'file']);

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
  const { kind, column } = entity;
  const name = entity.name.slice(0, NAME_LENGTH);
  const id = entity.id?.slice(0, NAME_LENGTH);
  if (name === '') return known;
  const added = { name, ...(id !== undefined && { id }), ...(column !== undefined && { column }) };
  const [first, ...equal] = known.first.filter((one) => isSame(kind, one, added));
  // Those that were kept apart only because neither had both name and id.
  const others = equal.filter((one) => one.id === undefined || isNameless(one));
  if (first !== undefined) {
    const one = [...others, added].reduce(merged, first);
    if (one === first && others.length === 0) return known;
    const list = known.first.filter((other) => !others.includes(other));
    return { ...known, first: list.map((other) => (other === first ? one : other)) };
  }
  const most = kind === 'host' ? LISTED_HOSTS : LISTED_ENTITIES;
  // Where one was counted under its name and then its id became known, counting it by both would make it two.
  const digests = [...new Set([idOf(kind, added), name])].flatMap((text) => text ?? []).map(digestOf);
  if (digests.some((digest) => hasDigest(known.seen, digest))) return known;
  if (known.first.length < most) return { ...known, first: [...known.first, added] };
  if (known.seen.length >= COUNTED_ENTITIES * DIGEST_LENGTH) return known;
  return { ...known, seen: known.seen + (digests[0] ?? '') };

  function digestOf(text: string): string {
    return shortDigest(`${kind}\n${text.toLowerCase()}`).slice(0, DIGEST_LENGTH);
  }
}

function hasDigest(seen: string, digest: string): boolean {
  for (let at = 0; at < seen.length; at += DIGEST_LENGTH) if (seen.startsWith(digest, at)) return true;
  return false;
}

/** Names of hosts, users and files differ in letter case from row to row; some rows lack the name or the id. */
function isSame(kind: EntityKind, one: Named, other: Named): boolean {
  if (isEqual(one.name, other.name)) return true;
  if (one.id === undefined || other.id === undefined || !isEqual(one.id, other.id)) return false;
  return !HASHED.has(kind) || isNameless(one) || isNameless(other);
}

/** The id that tells entities apart: two files of one hash and different names are two. */
function idOf(kind: EntityKind, one: Named): string | undefined {
  return HASHED.has(kind) ? undefined : one.id;
}

/** The first one with what it lacks; the same object where it lacks nothing. */
function merged(one: Named, other: Named): Named {
  const isNamed = !isNameless(one) || isNameless(other) || isEqual(one.name, other.name);
  if (isNamed && (one.id !== undefined || other.id === undefined)) return one;
  const id = one.id ?? other.id;
  const { name, column } = isNamed ? one : other;
  return { name, ...(id !== undefined && { id }), ...(column !== undefined && { column }) };
}

function isNameless({ name, id }: Named): boolean {
  return id !== undefined && isEqual(name, id);
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && one.toLowerCase() === other.toLowerCase();
}
