/** The Elastic Common Schema as a vocabulary: the field sets as objects, the fields as typed values. */
import {
  address,
  boolean,
  type Conversion,
  digest,
  float,
  geoPoint,
  instant,
  integer,
  long,
  mac,
  object,
  text,
} from '../conversions.ts';
import type { ObjectType, ValueType } from '../vocabulary.ts';
import { ALLOWED_VALUES, ECS_FIELDS, EVENT_CATEGORIES, PATTERNS } from './fields-data.ts';

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  keyword: text,
  constant_keyword: text,
  wildcard: text,
  match_only_text: text,
  date: instant,
  long,
  integer,
  float,
  double: float,
  scaled_float: float,
  boolean,
  ip: address,
  geo_point: geoPoint,
  object,
  flattened: object,
  nested: object,
};

/** Digits of the hashes that ECS has a field for. */
const DIGESTS: Readonly<Record<string, Conversion>> = {
  md5: digest(32),
  sha1: digest(40),
  sha256: digest(64),
};

interface Field {
  readonly type: string;
  readonly isList: boolean;
}

/** All fields by their path. Made when a mapping first asks. */
let known: ReadonlyMap<string, Field> | undefined;

function fields(): ReadonlyMap<string, Field> {
  known ??= new Map(
    Object.entries(ECS_FIELDS).flatMap(([parent, texts]) =>
      texts.split(' ').map((one) => {
        const [, name = '', type = 'keyword', list] = /^([^:[]+)(?::([a-z_]+))?(\[\])?$/.exec(one) ?? [];
        return [parent === '' ? name : `${parent}.${name}`, { type, isList: list !== undefined }] as const;
      }),
    ),
  );
  return known;
}

/** The paths of all fields. */
export function ecsFieldNames(): readonly string[] {
  return [...fields().keys()];
}

/** The root of ECS: its members are the field sets and the base fields. */
export function ecsRoot(): ObjectType {
  return objectAt('', false);
}

function objectAt(path: string, isList: boolean): ObjectType {
  const below = path === '' ? '' : `${path}.`;
  return {
    kind: 'object',
    name: path,
    isList,
    child: (name) => childAt(`${below}${name}`),
    childNames: () =>
      ecsFieldNames()
        .filter((field) => field.startsWith(below))
        .map((field) => field.slice(below.length)),
    required: [],
    atLeastOne: [],
    justOne: [],
  };
}

function childAt(path: string): ValueType | ObjectType | undefined {
  const field = fields().get(path);
  const hasMembers = parents().has(path);
  if (field === undefined) return hasMembers ? objectAt(path, false) : undefined;
  if (hasMembers && (field.type === 'object' || field.type === 'nested')) {
    return objectAt(path, field.type === 'nested');
  }
  const shownAs = relatedOf(path, field.type);
  return {
    kind: 'value',
    name: field.type,
    isList: field.isList,
    convert: conversionOf(path, field.type),
    ...(shownAs === undefined ? {} : { shownAs }),
  };
}

let knownParents: ReadonlySet<string> | undefined;

function parents(): ReadonlySet<string> {
  knownParents ??= new Set(
    Object.keys(ECS_FIELDS).flatMap((path) => {
      const parts = path.split('.');
      return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
    }),
  );
  return knownParents;
}

function conversionOf(path: string, type: string): Conversion {
  if (path.endsWith('.mac')) return mac('-');
  const [, hash] = /\.hash\.(\w+)$/.exec(path) ?? [];
  const byDigits = hash === undefined ? undefined : DIGESTS[hash];
  if (byDigits) return byDigits;
  const allowed = allowedAt(path);
  if (allowed) return (value) => (typeof value === 'string' && allowed.has(value) ? value : undefined);
  const pattern = PATTERNS[path];
  if (pattern !== undefined) {
    const expression = new RegExp(pattern);
    return (value) =>
      typeof value === 'string' && value.length <= 1024 && expression.test(value) ? value : undefined;
  }
  return CONVERSIONS[type] ?? text;
}

function allowedAt(path: string): ReadonlySet<string> | undefined {
  if (path === 'event.category') return new Set(Object.keys(EVENT_CATEGORIES));
  const allowed = ALLOWED_VALUES[path];
  return allowed === undefined ? undefined : new Set(allowed.split(' '));
}

/** Which of `related.*` shows the field's values. */
function relatedOf(path: string, type: string): string | undefined {
  if (path.startsWith('related.')) return undefined;
  if (type === 'ip') return 'ip';
  if (/\.hash\.\w+$/.test(path)) return 'hash';
  if (/(?:^|\.)user\.(?:[a-z]+\.)?(?:name|email|full_name|id)$/.test(path)) return 'user';
  if (path === 'host.name' || path === 'host.hostname') return 'hosts';
  return /^(?:source|destination|client|server)\.domain$/.test(path) ? 'hosts' : undefined;
}
