/** Checks an event against the Elastic Common Schema. It shares the schema's data with the mappings, and no code. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import { ALLOWED_VALUES, ECS_FIELDS, EVENT_CATEGORIES, PATTERNS } from '../ecs/fields-data.ts';
import type { Violation } from './violation.ts';

/** Field sets that are not ECS' own: ECS allows them beside its own. */
const CUSTOM = new Set(['microsoft', 'xdr_relay']);
const REQUIRED = ['@timestamp', 'ecs.version', 'event.kind'];
const DATE =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

interface Field {
  readonly type: string;
  readonly isList: boolean;
}

let fields: ReadonlyMap<string, Field> | undefined;

function allFields(): ReadonlyMap<string, Field> {
  if (fields) return fields;
  const made = new Map<string, Field>();
  for (const [parent, members] of Object.entries(ECS_FIELDS)) {
    for (const member of members.split(' ')) {
      const isList = member.endsWith('[]');
      const [name = '', type = 'keyword'] = (isList ? member.slice(0, -2) : member).split(':');
      made.set(parent ? `${parent}.${name}` : name, { type, isList });
    }
  }
  fields = made;
  return made;
}

/** What is wrong with an event; empty: it is valid ECS. */
export function ecsViolations(event: JsonValue): readonly Violation[] {
  if (!isJsonObject(event)) return [{ path: '', message: 'the event is no object' }];
  const found: Violation[] = [];
  const seen = new Map<string, JsonValue>();
  walk(event, '', { found, seen });
  for (const path of REQUIRED) if (!seen.has(path)) found.push({ path, message: 'is missing' });
  checkTypes(seen, found);
  return found;
}

interface Walk {
  readonly found: Violation[];
  /** The values of the fields by path. */
  readonly seen: Map<string, JsonValue>;
}

function walk(object: JsonObject, below: string, state: Walk): void {
  for (const [name, value] of Object.entries(object)) {
    const path = below === '' ? name : `${below}.${name}`;
    if (below === '' && CUSTOM.has(name)) {
      if (!isJsonObject(value)) state.found.push({ path, message: 'a field set of our own is an object' });
      continue;
    }
    const field = allFields().get(path);
    if (field === undefined) {
      if (isJsonObject(value) && [...allFields().keys()].some((one) => one.startsWith(`${path}.`)))
        walk(value, path, state);
      else state.found.push({ path, message: 'is no field of ECS' });
      continue;
    }
    state.seen.set(path, value);
    checkField(path, field, value, state);
  }
}

function checkField(path: string, field: Field, value: JsonValue, state: Walk): void {
  const say = (message: string) => state.found.push({ path, message });
  if (Array.isArray(value)) {
    if (!field.isList && field.type !== 'nested') say('holds one value, not a list');
    if (value.length === 0) say('is an empty list');
  } else if (field.isList) say('holds a list');
  for (const one of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) {
    if ((field.type === 'object' || field.type === 'nested') && isJsonObject(one)) {
      walk(one, path, state);
      continue;
    }
    const message = problemOf(path, field.type, one);
    if (message !== undefined) say(message);
  }
}

function problemOf(path: string, type: string, value: JsonValue): string | undefined {
  if (value === null || value === '') return 'is empty';
  switch (type) {
    case 'long':
    case 'integer':
      return isWhole(value, type) ? undefined : `is no ${type}`;
    case 'float':
    case 'double':
    case 'scaled_float':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'is no number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is no boolean';
    case 'ip':
      return typeof value === 'string' && isAddress(value) ? undefined : 'is no IP address';
    case 'date':
      return typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : 'is no date';
    case 'flattened':
    case 'object':
    case 'nested':
      return isJsonObject(value) ? undefined : 'is no object';
    case 'geo_point':
      return isJsonObject(value) || (typeof value === 'string' && /^[-\d.]+, ?[-\d.]+$/.test(value))
        ? undefined
        : 'is no place';
    default:
      return textProblem(path, value);
  }
}

function textProblem(path: string, value: JsonValue): string | undefined {
  if (typeof value !== 'string') return 'is no text';
  const allowed =
    path === 'event.category' ? Object.keys(EVENT_CATEGORIES) : ALLOWED_VALUES[path]?.split(' ');
  if (allowed && !allowed.includes(value)) return `"${value}" is none of ${allowed.join(', ')}`;
  const pattern = PATTERNS[path];
  return pattern !== undefined && !new RegExp(pattern).test(value) ? `does not match ${pattern}` : undefined;
}

function isWhole(value: JsonValue, type: string): boolean {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
  return type === 'long' || Math.abs(value) < 2 ** 31;
}

function isAddress(text: string): boolean {
  if (V4.test(text)) return true;
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return false;
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined || (tail === undefined && !text.includes(':'))) return false;
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const all = [...groups(head), ...groups(tail)];
  const last = all.at(-1) ?? '';
  const hasV4 = last.includes('.');
  if (hasV4 && !V4.test(last)) return false;
  const plain = hasV4 ? all.slice(0, -1) : all;
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = plain.length + (hasV4 ? 2 : 0);
  return tail === undefined ? count === 8 : count < 8;
}

/** Each type of an event must be one that one of its categories has. */
function checkTypes(seen: ReadonlyMap<string, JsonValue>, found: Violation[]): void {
  const textsAt = (path: string): readonly string[] => {
    const value = seen.get(path);
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  };
  const categories = textsAt('event.category');
  if (categories.length === 0) return;
  const expected = new Set(categories.flatMap((name) => (EVENT_CATEGORIES[name] ?? '').split(' ')));
  for (const type of textsAt('event.type')) {
    if (!expected.has(type))
      found.push({ path: 'event.type', message: `"${type}" does not go with ${categories.join(', ')}` });
  }
}
