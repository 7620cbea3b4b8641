/**
 * Writes what the shapes `ecs` and `ocsf` need of the official schemas, in a compact form: `node scripts/refresh-shapes.ts [OCSF.json]`.
 *
 * ECS comes from npm's @elastic/ecs. OCSF comes from a compiled schema (extends, profiles and extensions resolved); without the
 * argument only ECS is written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { EcsFlat, EcsVersion } from '@elastic/ecs';
import { z } from 'zod';

interface EcsField {
  readonly type: string;
  readonly normalize: readonly string[];
  readonly pattern?: string;
  readonly allowed_values?: readonly {
    readonly name: string;
    readonly expected_event_types?: readonly string[];
  }[];
}

const attribute = z.object({
  type: z.string().optional(),
  object: z.string().optional(),
  array: z.boolean().optional(),
  requirement: z.enum(['required', 'recommended', 'optional']),
  profile: z.string().optional(),
  enum: z.record(z.string(), z.string()).optional(),
});
const constraints = z.partialRecord(z.enum(['at_least_one', 'just_one']), z.array(z.string()));
const described = z.object({ constraints, attributes: z.record(z.string(), attribute) });
const compiledOcsf = z.object({
  version: z.string(),
  classes: z.record(
    z.string(),
    described.extend({ uid: z.number(), category_uid: z.number(), caption: z.string() }),
  ),
  objects: z.record(z.string(), described),
  types: z.record(
    z.string(),
    z.object({
      type: z.string().optional(),
      max_len: z.number().optional(),
      range: z.array(z.number()).optional(),
    }),
  ),
});
type Attribute = z.infer<typeof attribute>;
type Ocsf = z.infer<typeof compiledOcsf>;

writeFileSync('src/rules/shapes/ecs/fields-data.ts', ecsModule());
const [, , ocsf] = process.argv;
if (ocsf !== undefined) {
  const schema = compiledOcsf.parse(JSON.parse(readFileSync(ocsf, 'utf8')));
  writeFileSync('src/rules/shapes/ocsf/schema-data.ts', ocsfModule(schema));
}

/** The fields by parent: `name` is a keyword, `name:type` any other type; `[]` says that it holds a list. */
function ecsModule(): string {
  const fields = Object.entries(EcsFlat as unknown as Readonly<Record<string, EcsField>>);
  const byParent = new Map<string, string[]>();
  for (const [path, { type, normalize }] of fields) {
    const cut = path.lastIndexOf('.');
    const parent = path.slice(0, Math.max(cut, 0));
    const text = `${path.slice(cut + 1)}${type === 'keyword' ? '' : `:${type}`}${normalize.includes('array') ? '[]' : ''}`;
    byParent.set(parent, [...(byParent.get(parent) ?? []), text]);
  }
  const values = (name: string) =>
    (EcsFlat as unknown as Record<string, EcsField>)[name]?.allowed_values ?? [];
  const patterns = fields.flatMap(([path, { pattern }]) => (pattern ? [[path, pattern]] : []));
  return [
    '// Made by scripts/refresh-shapes.ts; do not edit.',
    `// Source: npm @elastic/ecs ${EcsVersion} (Elastic Common Schema, Apache-2.0): names, types and allowed values.`,
    '',
    '/** The version of ECS. */',
    `export const ECS_VERSION = '${EcsVersion}';`,
    '',
    '/** The fields by parent. `name` is a keyword, `name:type` another type, and `[]` says that the field holds a list. */',
    `export const ECS_FIELDS: Readonly<Record<string, string>> = ${literal(mapped(byParent))};`,
    '',
    '/** The values of event.category, each with the values of event.type that go with it. */',
    `export const EVENT_CATEGORIES: Readonly<Record<string, string>> = ${literal(
      Object.fromEntries(
        values('event.category').map((one) => [one.name, (one.expected_event_types ?? []).join(' ')]),
      ),
    )};`,
    '',
    '/** The allowed values of other fields. */',
    `export const ALLOWED_VALUES: Readonly<Record<string, string>> = ${literal(
      Object.fromEntries(
        fields.flatMap(([path, { allowed_values }]) =>
          allowed_values && path !== 'event.category'
            ? [[path, allowed_values.map(({ name }) => name).join(' ')]]
            : [],
        ),
      ),
    )};`,
    '',
    '/** The patterns of keyword fields that have one. */',
    `export const PATTERNS: Readonly<Record<string, string>> = ${literal(Object.fromEntries(patterns))};`,
    '',
  ].join('\n');
}

/**
 * `name` is a string; `name:type`, `name:@object`; `[]` a list; `!` required; `%profile` of a profile; `=0,1` the ids it allows, with
 * `~` for blanks.
 */
function attributeText(name: string, one: Attribute): string {
  const type = one.object === undefined ? (one.type ?? 'string_t') : `@${one.object}`;
  const ids = one.enum && Object.keys(one.enum);
  return [
    name,
    type === 'string_t' ? '' : `:${type.replace(/_t$/, '')}`,
    one.array ? '[]' : '',
    one.requirement === 'required' ? '!' : '',
    one.profile === undefined ? '' : `%${one.profile}`,
    ids ? `=${ids.join(',').replaceAll(' ', '~')}` : '',
  ].join('');
}

function attributesText({
  attributes,
}: {
  readonly attributes: Readonly<Record<string, Attribute>>;
}): string[] {
  return Object.entries(attributes).map(([name, one]) => attributeText(name, one));
}

function constraintsText(of: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(of).flatMap(([kind, names]) =>
    names.length > 0 ? [`${kind}(${names.join(',')})`] : [],
  );
}

function ocsfModule(schema: Ocsf): string {
  const all = Object.values(schema.classes).map((one) => new Set(attributesText(one)));
  const [first] = all;
  const common = [...(first ?? [])].filter((text) => all.every((texts) => texts.has(text)));
  const classes = Object.entries(schema.classes).map(([name, one]) => {
    const { uid, caption } = one;
    const own = attributesText(one).filter((text) => !common.includes(text));
    const activities = one.attributes.activity_id?.enum ?? {};
    return [
      name,
      {
        uid,
        category: one.category_uid,
        caption,
        activities,
        attributes: [...own, ...constraintsText(one.constraints)].join(' '),
      },
    ] as const;
  });
  const objects = Object.entries(schema.objects).map(
    ([name, one]) => [name, [...attributesText(one), ...constraintsText(one.constraints)].join(' ')] as const,
  );
  const types = Object.entries(schema.types).flatMap(([name, { type, max_len, range }]) => {
    const value = {
      ...(type ? { type: type.replace(/_t$/, '') } : {}),
      ...(max_len ? { maxLength: max_len } : {}),
      ...(range ? { range } : {}),
    };
    return [[name.replace(/_t$/, ''), value] as const];
  });
  return [
    '// Made by scripts/refresh-shapes.ts; do not edit.',
    `// Source: ocsf/ocsf-schema, tag ${schema.version} (Open Cybersecurity Schema Framework, Apache-2.0): classes, objects, types, ids.`,
    '',
    '/** The version of OCSF. 1.9.0 is the next step: it deprecates account_change (3001) in favour of user_management (3007). */',
    `export const OCSF_VERSION = '${schema.version}';`,
    '',
    '/** What every class has. See ATTRIBUTE_GRAMMAR in schema.ts. */',
    `export const COMMON_ATTRIBUTES = ${literal(common.join(' '))};`,
    '',
    'export interface ClassData {',
    '  readonly uid: number;',
    '  readonly category: number;',
    '  readonly caption: string;',
    '  readonly activities: Readonly<Record<string, string>>;',
    '  readonly attributes: string;',
    '}',
    '',
    '/** The classes that the mappings use: what each has beside the common attributes. */',
    `export const CLASSES: Readonly<Record<string, ClassData>> = ${literal(Object.fromEntries(classes))};`,
    '',
    '/** The objects that these classes use. */',
    `export const OBJECTS: Readonly<Record<string, string>> = ${literal(Object.fromEntries(objects))};`,
    '',
    'export interface TypeData {',
    '  readonly type?: string;',
    '  /** UTF-16 units. */',
    '  readonly maxLength?: number;',
    '  readonly range?: readonly number[];',
    '}',
    '',
    '/** The scalar types that these objects use. */',
    `export const TYPES: Readonly<Record<string, TypeData>> = ${literal(Object.fromEntries(types))};`,
    '',
  ].join('\n');
}

function mapped(lists: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, string>> {
  return Object.fromEntries([...lists].map(([key, list]) => [key, list.join(' ')]));
}

function literal(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
