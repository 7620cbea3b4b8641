/** The Open Cybersecurity Schema Framework as a vocabulary: one root for each class. */
import {
  address,
  boolean,
  type Conversion,
  email,
  epoch,
  float,
  guid,
  instant,
  integer,
  json,
  long,
  mac,
  object as objectValue,
  port,
  text,
  textUpTo,
} from '../conversions.ts';
import type { ObjectType, ValueType } from '../vocabulary.ts';
import { CLASSES, type ClassData, COMMON_ATTRIBUTES, OBJECTS, TYPES } from './schema-data.ts';

/**
 * An attribute of schema-data.ts: `name` is a string, `name:type` a scalar of that type, `name:@object` an object; `[]` a list,
 * `!` required, `%profile` of that profile, `=0,1` the ids that it allows, with `~` for blanks.
 */
const ATTRIBUTE_GRAMMAR =
  /^(?<name>\w+)(?::(?<type>@?\w+))?(?<list>\[\])?(?<required>!)?(?:%(?<profile>\w+))?(?:=(?<ids>\S+))?$/;
const CONSTRAINT_GRAMMAR = /^(?<kind>at_least_one|just_one)\((?<names>[\w,]+)\)$/;

export interface Attribute {
  /** A scalar type without `_t`, or `@` and the name of an object. */
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
  /** Undefined: it belongs to the class or object itself. */
  readonly profile: string | undefined;
  /** Undefined: any value of the type. */
  readonly ids: ReadonlySet<string> | undefined;
}

/** A class or an object, parsed. */
export interface Described {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly atLeastOne: readonly (readonly string[])[];
  readonly justOne: readonly (readonly string[])[];
}

export interface OcsfClass extends Described {
  readonly name: string;
  readonly uid: number;
  readonly category: number;
  readonly caption: string;
  readonly activities: Readonly<Record<string, string>>;
}

const NOTHING: Described = { attributes: new Map(), atLeastOne: [], justOne: [] };

/** The names of the classes that mappings may use. */
export function classNames(): readonly string[] {
  return Object.keys(CLASSES);
}

const classes = new Map<string, OcsfClass>();
const objects = new Map<string, Described>();
const roots = new Map<string, ObjectType>();

/** A class by its name; undefined where the product's part of the schema has none. */
export function ocsfClass(name: string): OcsfClass | undefined {
  const before = classes.get(name);
  if (before) return before;
  const data: ClassData | undefined = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (data === undefined) return undefined;
  const { uid, category, caption, activities } = data;
  const made = {
    ...described(`${COMMON_ATTRIBUTES} ${data.attributes}`),
    name,
    uid,
    category,
    caption,
    activities,
  };
  classes.set(name, made);
  return made;
}

/** An object by its name. One that is not in the data has no members. */
export function ocsfObject(name: string): Described {
  const before = objects.get(name);
  if (before) return before;
  const made = Object.hasOwn(OBJECTS, name) ? described(OBJECTS[name] ?? '') : NOTHING;
  objects.set(name, made);
  return made;
}

function described(source: string): Described {
  const attributes = new Map<string, Attribute>();
  const atLeastOne: (readonly string[])[] = [];
  const justOne: (readonly string[])[] = [];
  for (const one of source.split(' ')) {
    const { kind, names } = CONSTRAINT_GRAMMAR.exec(one)?.groups ?? {};
    if (names !== undefined) {
      (kind === 'just_one' ? justOne : atLeastOne).push(names.split(','));
      continue;
    }
    const groups = ATTRIBUTE_GRAMMAR.exec(one)?.groups;
    const name = groups?.name;
    if (!groups || name === undefined) continue;
    // The compiled schema has only base_event's ids there; a class has its own.
    const isOwnId = name === 'class_uid' || name === 'category_uid';
    attributes.set(name, {
      type: groups.type ?? 'string',
      isList: groups.list !== undefined,
      isRequired: groups.required !== undefined,
      profile: groups.profile,
      ids:
        groups.ids === undefined || isOwnId ? undefined : new Set(groups.ids.replaceAll('~', ' ').split(',')),
    });
  }
  return { attributes, atLeastOne, justOne };
}

/** The class as a vocabulary. Profiles' requirements count where the event has an attribute of the profile; the writer sees to them. */
export function ocsfRoot(of: OcsfClass): ObjectType {
  const known = roots.get(of.name) ?? objectType(of.name, of, false);
  roots.set(of.name, known);
  return known;
}

function objectType(name: string, of: Described, isList: boolean): ObjectType {
  // Forms ask for the same members again and again while they are compiled.
  const children = new Map<string, ValueType | ObjectType>();
  return {
    kind: 'object',
    name,
    isList,
    child(member) {
      const attribute = of.attributes.get(member);
      if (!attribute) return undefined;
      const child = children.get(member) ?? childType(member, attribute, name);
      children.set(member, child);
      return child;
    },
    childNames: () => [...of.attributes.keys()],
    profileOf: (member) => of.attributes.get(member)?.profile,
    required: [...of.attributes].flatMap(([member, one]) =>
      one.isRequired && one.profile === undefined ? [member] : [],
    ),
    atLeastOne: of.atLeastOne,
    justOne: of.justOne,
  };
}

function childType(name: string, { type, isList, ids }: Attribute, parent: string): ValueType | ObjectType {
  if (type.startsWith('@')) {
    const object = type.slice(1);
    // "object" is any JSON object: `unmapped`, for one.
    if (object !== 'object') return objectType(object, ocsfObject(object), isList);
    return { kind: 'value', name: 'object', isList, convert: objectValue };
  }
  const shownAs = observableOf(name, type, parent);
  return {
    kind: 'value',
    name: `${type}_t`,
    isList,
    convert: ids ? oneOf(ids, type) : conversionOf(type),
    ...(shownAs === undefined ? {} : { shownAs }),
  };
}

/** An id of the list; a name of the list where the ids are text, as `http_method` has them. */
function oneOf(ids: ReadonlySet<string>, type: string): Conversion {
  const convert = conversionOf(type);
  return (value) => {
    const id = convert(value);
    return id !== undefined && ids.has(String(id)) ? id : undefined;
  };
}

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  boolean,
  datetime: instant,
  email,
  float,
  integer,
  ip: address,
  json,
  long,
  mac: mac(':'),
  port,
  timestamp: epoch,
  uuid: guid,
};

function conversionOf(type: string): Conversion {
  const known = CONVERSIONS[type];
  if (known) return known;
  const longest = TYPES[type]?.maxLength;
  return longest === undefined ? text : textUpTo(longest);
}

/** Ids of OCSF's observable types (schema.ocsf.io, object "observable", attribute type_id). */
export const OBSERVABLE_TYPES: Readonly<Record<number, string>> = {
  1: 'Hostname',
  2: 'IP Address',
  3: 'MAC Address',
  4: 'User Name',
  5: 'Email Address',
  6: 'URL String',
  7: 'File Name',
  8: 'Hash',
  9: 'Process Name',
  10: 'Resource UID',
};

const OBSERVED: Readonly<Record<string, number>> = {
  hostname: 1,
  ip: 2,
  mac: 3,
  username: 4,
  email: 5,
  url: 6,
  file_name: 7,
  file_hash: 8,
  process_name: 9,
  resource_uid: 10,
};

function observableOf(name: string, type: string, parent: string): number | undefined {
  if (parent === 'observable' || parent === 'metadata') return undefined;
  return OBSERVED[type] ?? (name === 'hostname' ? 1 : undefined);
}
