/** Checks an event against the Open Cybersecurity Schema Framework. It shares the schema's data with the mappings, and no code. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import { CLASSES, COMMON_ATTRIBUTES, OBJECTS, OCSF_VERSION, TYPES } from '../ocsf/schema-data.ts';
import type { Violation } from './violation.ts';

/** Ids of observables: the schema's own list names only two, and the types' definitions the others (schema.ocsf.io, object "observable"). */
const MOST_OBSERVABLE_TYPE = 99;
const LONGEST_TYPE_UID = 2 ** 53;

interface Rule {
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly profile: string | undefined;
  readonly ids: readonly string[] | undefined;
}

interface Rules {
  readonly attributes: ReadonlyMap<string, Rule>;
  readonly constraints: readonly { readonly kind: string; readonly names: readonly string[] }[];
}

const cache = new Map<string, Rules>();

function rulesOf(key: string, source: string): Rules {
  const known = cache.get(key);
  if (known) return known;
  const attributes = new Map<string, Rule>();
  const constraints: { kind: string; names: string[] }[] = [];
  for (const word of source.split(' ').filter((one) => one !== '')) {
    const open = word.indexOf('(');
    if (open >= 0) {
      constraints.push({ kind: word.slice(0, open), names: word.slice(open + 1, -1).split(',') });
      continue;
    }
    const [left = '', ids] = word.split('=');
    const [described = '', profile] = left.split('%');
    const isRequired = described.endsWith('!');
    const plain = isRequired ? described.slice(0, -1) : described;
    const isList = plain.endsWith('[]');
    const [name = '', type = 'string'] = (isList ? plain.slice(0, -2) : plain).split(':');
    attributes.set(name, { type, isList, isRequired, profile, ids: ids?.replaceAll('~', ' ').split(',') });
  }
  const made = { attributes, constraints };
  cache.set(key, made);
  return made;
}

/** What is wrong with an event; empty: it is valid OCSF. */
export function ocsfViolations(event: JsonValue): readonly Violation[] {
  if (!isJsonObject(event)) return [{ path: '', message: 'the event is no object' }];
  const found: Violation[] = [];
  const entry = Object.entries(CLASSES).find(([, { uid }]) => uid === event.class_uid);
  if (!entry)
    return [{ path: 'class_uid', message: `no class has the id ${JSON.stringify(event.class_uid)}` }];
  const [name, data] = entry;
  const rules = rulesOf(`class ${name}`, `${COMMON_ATTRIBUTES} ${data.attributes}`);
  const profiles = profilesOf(event);
  checkObject(event, rules, { path: '', profiles, found });
  const say = (path: string, message: string) => found.push({ path, message });
  if (event.category_uid !== data.category) say('category_uid', `is not ${data.category}`);
  const activity = String(event.activity_id);
  if (!Object.hasOwn(data.activities, activity)) say('activity_id', `${activity} is no activity of ${name}`);
  if (event.type_uid !== data.uid * 100 + Number(event.activity_id))
    say('type_uid', 'is not class_uid * 100 + activity_id');
  const { metadata } = event;
  if (isJsonObject(metadata) && metadata.version !== OCSF_VERSION)
    say('metadata.version', `is not ${OCSF_VERSION}`);
  return found;
}

function profilesOf(event: JsonObject): ReadonlySet<string> {
  const { metadata } = event;
  const profiles = isJsonObject(metadata) ? metadata.profiles : undefined;
  return new Set(
    Array.isArray(profiles) ? profiles.filter((one): one is string => typeof one === 'string') : [],
  );
}

interface Place {
  readonly path: string;
  readonly profiles: ReadonlySet<string>;
  readonly found: Violation[];
}

function checkObject(object: JsonObject, { attributes, constraints }: Rules, place: Place): void {
  const at = (name: string) => (place.path === '' ? name : `${place.path}.${name}`);
  const say = (path: string, message: string) => place.found.push({ path, message });
  for (const [name, value] of Object.entries(object)) {
    const rule = attributes.get(name);
    if (!rule) say(at(name), 'is no attribute there');
    else if (rule.profile !== undefined && !place.profiles.has(rule.profile)) {
      say(at(name), `belongs to the profile ${rule.profile}, which metadata.profiles does not name`);
    } else checkAttribute(rule, name, value, { ...place, path: at(name) });
  }
  for (const [name, { isRequired, profile }] of attributes) {
    if (!isRequired || Object.hasOwn(object, name)) continue;
    if (profile === undefined || place.profiles.has(profile)) say(at(name), 'is missing');
  }
  for (const { kind, names } of constraints) {
    const count = names.filter((name) => Object.hasOwn(object, name)).length;
    if (kind === 'at_least_one' && count === 0) say(place.path, `needs at least one of ${names.join(', ')}`);
    if (kind === 'just_one' && count !== 1) say(place.path, `needs exactly one of ${names.join(', ')}`);
  }
}

function checkAttribute(rule: Rule, name: string, value: JsonValue, place: Place): void {
  const say = (message: string) => place.found.push({ path: place.path, message });
  if (rule.isList !== Array.isArray(value)) {
    say(rule.isList ? 'holds a list' : 'holds one value, not a list');
    return;
  }
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  if (list.length === 0) say('is an empty list');
  for (const one of list) {
    if (rule.type.startsWith('@')) {
      const object = rule.type.slice(1);
      if (!isJsonObject(one)) say(`is no ${object} object`);
      else if (object !== 'object')
        checkObject(one, rulesOf(`object ${object}`, OBJECTS[object] ?? ''), place);
      continue;
    }
    const message = valueProblem(rule, name, one);
    if (message !== undefined) say(message);
  }
}

function valueProblem({ type, ids }: Rule, name: string, value: JsonValue): string | undefined {
  if (value === null) return 'is null';
  const base = TYPES[type]?.type ?? type;
  if (base === 'json') return undefined;
  if (base === 'integer' || base === 'long' || type === 'timestamp')
    return numberProblem({ type, ids, name }, value);
  if (base === 'boolean') return typeof value === 'boolean' ? undefined : 'is no boolean';
  if (base === 'float')
    return typeof value === 'number' && Number.isFinite(value) ? undefined : 'is no number';
  const problem = textProblem(type, value);
  return (
    problem ??
    (ids && !ids.includes(String(value)) ? `"${String(value)}" is none of ${ids.join(', ')}` : undefined)
  );
}

function numberProblem(
  {
    type,
    ids,
    name,
  }: { readonly type: string; readonly ids: readonly string[] | undefined; readonly name: string },
  value: JsonValue,
): string | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'is no whole number';
  if (type === 'integer' && Math.abs(value) >= 2 ** 31) return 'does not fit into 32 bits';
  const [lowest = -LONGEST_TYPE_UID, highest = LONGEST_TYPE_UID] = TYPES[type]?.range ?? [];
  if (value < lowest || value > highest) return `is not from ${lowest} to ${highest}`;
  const isOwn = name === 'class_uid' || name === 'category_uid';
  const isObservable = ids?.length === 2 && name === 'type_id' && value > 0 && value <= MOST_OBSERVABLE_TYPE;
  if (ids && !isOwn && !isObservable && !ids.includes(String(value)))
    return `${value} is none of ${ids.join(', ')}`;
  return undefined;
}

const HEX = '[0-9A-Fa-f]';
const TEXTS: Readonly<Record<string, RegExp>> = {
  email: /^[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+$/,
  mac: new RegExp(`^(?:${HEX}{2}[:-]){5}${HEX}{2}$`),
  uuid: new RegExp(`^${HEX}{8}(?:-${HEX}{4}){3}-${HEX}{12}$`),
  ip: /^(?:(?:\d{1,3}\.){3}\d{1,3}|(?=.*:)[0-9A-Fa-f:.]{2,39})$/,
};

function textProblem(type: string, value: JsonValue): string | undefined {
  if (typeof value !== 'string') return 'is no text';
  if (value === '') return 'is empty';
  const longest = TYPES[type]?.maxLength;
  if (longest !== undefined && value.length > longest) return `is longer than ${longest}`;
  return TEXTS[type] && !TEXTS[type].test(value) ? `is no ${type}` : undefined;
}
