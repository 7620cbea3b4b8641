/** The compact data of both schemas says what its sources say. */
import { existsSync, readFileSync } from 'node:fs';
import { EcsFlat, EcsVersion } from '@elastic/ecs';
import { describe, expect, it } from 'vitest';
import { ECS_FIELDS, ECS_VERSION } from '../../../src/rules/shapes/ecs/fields-data.ts';
import { ecsFieldNames, ecsRoot } from '../../../src/rules/shapes/ecs/schema.ts';
import { classNames, ocsfClass, ocsfObject } from '../../../src/rules/shapes/ocsf/schema.ts';
import { OBJECTS, OCSF_VERSION } from '../../../src/rules/shapes/ocsf/schema-data.ts';
import { typeAt } from '../../../src/rules/shapes/vocabulary.ts';

interface EcsField {
  readonly type: string;
  readonly normalize: readonly string[];
}

describe('ECS', () => {
  const fields = Object.entries(EcsFlat as unknown as Readonly<Record<string, EcsField>>);

  it('has the version, and each field with its type and whether it is a list', () => {
    expect(ECS_VERSION).toBe(EcsVersion);
    expect(new Set(ecsFieldNames())).toEqual(new Set(fields.map(([path]) => path)));
    const root = ecsRoot();
    for (const [path, { type, normalize }] of fields) {
      const known = typeAt(root, path);
      if (known.kind !== 'value') continue;
      expect([path, known.name, known.isList]).toEqual([path, type, normalize.includes('array')]);
    }
    expect(Object.keys(ECS_FIELDS).length).toBeGreaterThan(100);
  });
});

/** The compiled schema is not part of the repository; where it lies beside the checkout, the data is compared with it. */
const FILES = ['../shared/normalise/ocsf-1.8.0.json', '../../shared/normalise/ocsf-1.8.0.json'];
const file = FILES.map((path) => new URL(`../../../${path}`, import.meta.url)).find((url) => existsSync(url));

interface Described {
  readonly constraints: Readonly<Record<string, readonly string[]>>;
  readonly attributes: Readonly<
    Record<
      string,
      {
        readonly type?: string;
        readonly object?: string;
        readonly array?: boolean;
        readonly requirement: string;
        readonly profile?: string;
        readonly enum?: Readonly<Record<string, string>>;
      }
    >
  >;
}

describe.skipIf(file === undefined)('OCSF, beside the compiled schema', () => {
  const schema = JSON.parse(file ? readFileSync(file, 'utf8') : '{}') as {
    version: string;
    classes: Record<string, Described & { uid: number; category_uid: number; caption: string }>;
    objects: Record<string, Described>;
  };

  const facts = ({ constraints, attributes }: Described) => ({
    attributes: new Map(
      Object.entries(attributes).map(([name, one]) => [
        name,
        {
          type: one.object === undefined ? (one.type ?? '').replace(/_t$/, '') : `@${one.object}`,
          isList: one.array === true,
          isRequired: one.requirement === 'required',
          profile: one.profile,
          ids:
            one.enum === undefined || name === 'class_uid' || name === 'category_uid'
              ? undefined
              : new Set(Object.keys(one.enum)),
        },
      ]),
    ),
    atLeastOne: constraints.at_least_one ? [constraints.at_least_one] : [],
    justOne: constraints.just_one ? [constraints.just_one] : [],
  });

  it('has its version and classes', () => {
    expect(OCSF_VERSION).toBe(schema.version);
    expect(classNames()).toEqual(Object.keys(schema.classes));
    for (const [name, one] of Object.entries(schema.classes)) {
      expect(ocsfClass(name)).toEqual({
        ...facts(one),
        name,
        uid: one.uid,
        category: one.category_uid,
        caption: one.caption,
        activities: one.attributes.activity_id?.enum,
      });
    }
  });

  it('has its objects', () => {
    expect(Object.keys(OBJECTS)).toEqual(Object.keys(schema.objects));
    for (const [name, one] of Object.entries(schema.objects))
      expect(ocsfObject(name), name).toEqual(facts(one));
  });
});
