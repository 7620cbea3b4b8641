import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EntityMemory, entityLists, withEntities } from '../../../src/alerts/groups/entities.ts';
import { COUNTED_ENTITIES, LISTED_ENTITIES, LISTED_HOSTS } from '../../../src/alerts/groups/limits.ts';
import { ENTITY_KINDS, type Entity, type EntityKind } from '../../../src/alerts/message.ts';

/** What the entities become when they arrive one after the other: `pc-1#d1, pc-2 +3`. */
function remembered(...entities: readonly Entity[]): string {
  let memory: readonly EntityMemory[] = [];
  for (const entity of entities) memory = withEntities(memory, [entity]);
  return entityLists(memory)
    .map(({ first, more }) => {
      const names = first.map(({ name, id }) => (id === undefined ? name : `${name}#${id}`)).join(', ');
      return more === 0 ? names : `${names} +${more}`;
    })
    .join('; ')
    .toLowerCase();
}

function entity(kind: EntityKind, name: string, id?: string): Entity {
  return { kind, name, ...(id !== undefined && { id }) };
}

/** As entitiesOf makes it of a row that has only the id. */
function nameless(kind: EntityKind, id: string): Entity {
  return entity(kind, id, id);
}

describe('the entities that a group remembers', () => {
  it.each(['host', 'user', 'mail', 'cloud_app', 'cloud_resource'] as const)(
    'a %s is one, whichever of its rows lacks the name or the id',
    (kind) => {
      const [both, onlyId, onlyName] = [
        entity(kind, 'pc-1', 'D1'),
        nameless(kind, 'd1'),
        entity(kind, 'PC-1'),
      ];
      expect(remembered(both, onlyId, onlyName)).toBe('pc-1#d1');
      expect(remembered(onlyId, both, onlyName)).toBe('pc-1#d1');
      expect(remembered(onlyName, both, onlyId)).toBe('pc-1#d1');
      // The row that has both shows that two that were taken for different ones are one.
      expect(remembered(onlyId, onlyName, both)).toBe('pc-1#d1');
      expect(remembered(both, entity(kind, 'pc-1.contoso.example', 'd1'))).toBe('pc-1#d1');
    },
  );

  it.each(['process', 'file'] as const)(
    'a %s without a name is the one of its hash; a copy under another name is another',
    (kind) => {
      const both = entity(kind, 'a.exe', 'abc');
      expect(remembered(both, nameless(kind, 'ABC'), entity(kind, 'A.EXE'))).toBe('a.exe#abc');
      expect(remembered(nameless(kind, 'ABC'), both)).toBe('a.exe#abc');
      expect(remembered(both, entity(kind, 'b.exe', 'abc'))).toBe('a.exe#abc, b.exe#abc');
      expect(remembered(both, entity(kind, 'b.exe', 'abc'), nameless(kind, 'abc'))).toBe(
        'a.exe#abc, b.exe#abc',
      );
    },
  );

  it('two that share neither name nor id are two', () => {
    expect(
      remembered(entity('host', 'pc-1', 'd1'), entity('host', 'pc-2', 'd2'), nameless('host', 'd3')),
    ).toBe('pc-1#d1, pc-2#d2, d3#d3');
    expect(remembered(entity('host', 'x', 'd1'), entity('user', 'x', 'd1'))).toBe('x#d1; x#d1');
  });

  it('counts each once beyond those that are listed', () => {
    const hosts = Array.from({ length: LISTED_HOSTS + 20 }, (_, at) => entity('host', `pc-${at}`, `d${at}`));
    const again = hosts.map(({ id = '' }) => nameless('host', id));
    expect(remembered(...hosts, ...again, ...hosts)).toMatch(/ \+20$/);
    expect(remembered(...again, ...hosts)).toMatch(/ \+20$/);
  });

  it('stays within its bounds, is the same for entities that are known, and lists each name once, whatever comes', () => {
    const name = fc.constantFrom('a', 'B', 'b', 'c', 'x'.repeat(600), ...'0123456789');
    const any = fc.record(
      { kind: fc.constantFrom(...ENTITY_KINDS), name, id: name, column: fc.constant('DeviceName') },
      { requiredKeys: ['kind', 'name'] },
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 80 }), (entities) => {
        let memory: readonly EntityMemory[] = [];
        for (const one of entities) {
          memory = withEntities(memory, [one as Entity]);
          expect(withEntities(memory, [one as Entity])).toBe(memory);
        }
        for (const { kind, first, more } of entityLists(memory)) {
          expect(first.length).toBeLessThanOrEqual(kind === 'host' ? LISTED_HOSTS : LISTED_ENTITIES);
          expect(more).toBeLessThanOrEqual(COUNTED_ENTITIES);
          const names = first.map((one) => one.name.toLowerCase());
          expect(new Set(names).size).toBe(names.length);
        }
      }),
    );
  });
});
