/** Forms of values whose text says more than a field's type: hashes, registry keys, ATT&CK techniques, hosts in addresses. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { type Conversion, digest, lower, processId, text, textOf } from './conversions.ts';

/** The values of `as` in a mapping file. */
export const VALUE_FORMS = [
  'lower',
  'process_id',
  'md5',
  'sha1',
  'sha256',
  'registry_hive',
  'registry_key',
  'registry_path',
  'message_id',
  'host_of_url',
  'technique_names',
  'technique_ids',
  'subtechnique_ids',
  'attacks',
  'account_names',
  'os_type',
  'os_type_id',
  'action',
] as const;
export type ValueForm = (typeof VALUE_FORMS)[number];

/** What the forms are, for the documentation. */
export const ABOUT_FORMS: Readonly<Record<ValueForm, string>> = {
  lower: 'in lower case',
  process_id: 'a process id; 0, which the sensor writes for "not seen", is left out',
  md5: 'OCSF: a fingerprint of this algorithm, in a list',
  sha1: 'OCSF: a fingerprint of this algorithm, in a list',
  sha256: 'OCSF: a fingerprint of this algorithm, in a list',
  registry_hive: 'the hive of a registry key, abbreviated: HKLM',
  registry_key: 'a registry key without its hive',
  registry_path: 'a registry key with its hive abbreviated',
  message_id: 'the id of a mail without its angle brackets',
  host_of_url: 'the host of a URL, or of `host:port/path`',
  technique_names: 'ATT&CK techniques\' names, of a list such as `["PowerShell (T1059.001)"]`',
  technique_ids: "ATT&CK techniques' ids without sub-techniques: T1059",
  subtechnique_ids: "ATT&CK sub-techniques' ids: T1059.001",
  attacks: 'OCSF: ATT&CK techniques as a list of attack objects',
  account_names: 'the names in a JSON list of `{UserName, DomainName}`',
  os_type: 'ECS: windows, linux, macos, ios, android or unix',
  os_type_id: 'OCSF: the id of an operating system',
  action: 'in lower case, with - for blanks',
};

/** The forms that make whole objects of OCSF, with the objects' type: a field of this type needs no further conversion. */
export const MAKES_OBJECTS: ReadonlyMap<ValueForm, string> = new Map([
  ['md5', 'fingerprint'],
  ['sha1', 'fingerprint'],
  ['sha256', 'fingerprint'],
  ['attacks', 'attack'],
]);

/** A list is never longer than this: the rest of a longer one stays where custom values are. */
export const MOST_ELEMENTS = 1_000;
/** Longer text is not parsed as JSON. UTF-16 units. */
const LONGEST_JSON = 1_048_576;

/** The conversion of a form, before the field's own. */
export function conversionOf(form: ValueForm): Conversion {
  return FORMS[form];
}

/** The value of text that holds JSON, else the value itself. */
export function parsedJson(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || value.length > LONGEST_JSON || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

/** The elements of a list, or of text that holds one; undefined for other values and for lists that are too long. */
export function listIn(value: JsonValue): readonly JsonValue[] | undefined {
  const parsed = parsedJson(value);
  return Array.isArray(parsed) && parsed.length <= MOST_ELEMENTS
    ? (parsed as readonly JsonValue[])
    : undefined;
}

/** One member of each object of a list. */
export function eachMember(name: string): Conversion {
  return (value) => {
    const found = listIn(value)?.flatMap((element) => {
      const inside = isObject(element) && Object.hasOwn(element, name) ? element[name] : undefined;
      return inside === undefined || inside === null || inside === '' ? [] : [inside];
    });
    return found && found.length > 0 ? found : undefined;
  };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value);
}

const HIVES: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKEY_CURRENT_USER: 'HKCU',
  HKEY_USERS: 'HKU',
  HKEY_CLASSES_ROOT: 'HKCR',
  HKEY_CURRENT_CONFIG: 'HKCC',
  HKEY_PERFORMANCE_DATA: 'HKPD',
};

function registry(value: JsonValue): { readonly hive: string; readonly key: string } | undefined {
  if (typeof value !== 'string') return undefined;
  const cut = value.indexOf('\\');
  const first = (cut < 0 ? value : value.slice(0, cut)).toUpperCase();
  const hive = Object.hasOwn(HIVES, first)
    ? HIVES[first]
    : Object.values(HIVES).includes(first)
      ? first
      : undefined;
  return hive === undefined ? undefined : { hive, key: cut < 0 ? '' : value.slice(cut + 1) };
}

function fingerprint(id: number, length: number): Conversion {
  const check = digest(length);
  return (value) => {
    const hash = check(value);
    return hash === undefined ? undefined : [{ algorithm_id: id, value: hash }];
  };
}

interface Technique {
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly sub: string | undefined;
}

/** `PowerShell (T1059.001)`. */
const TECHNIQUE = /^(.{0,200}?)\s{0,8}\(?(T\d{4})(?:\.(\d{3}))?\)?$/;

function techniques(value: JsonValue): readonly Technique[] {
  const list = listIn(value) ?? (typeof value === 'string' ? value.split(/[,;]/) : []);
  return list.slice(0, MOST_ELEMENTS).flatMap((one): readonly Technique[] => {
    if (typeof one !== 'string') return [];
    const [, name, id, sub] = TECHNIQUE.exec(one.trim()) ?? [];
    if (id === undefined)
      return one.trim() === '' ? [] : [{ name: one.trim(), id: undefined, sub: undefined }];
    return [
      { name: name === '' ? undefined : name, id, sub: sub === undefined ? undefined : `${id}.${sub}` },
    ];
  });
}

function listed(of: (one: Technique) => string | undefined): Conversion {
  return (value) => {
    const found = [...new Set(techniques(value).flatMap((one) => of(one) ?? []))];
    return found.length > 0 ? found : undefined;
  };
}

const attacks: Conversion = (value) => {
  const found = techniques(value).map(({ name, id, sub }): JsonObject => {
    const named = name === undefined ? {} : { name };
    if (sub === undefined) return { technique: { ...named, ...(id === undefined ? {} : { uid: id }) } };
    return { technique: { uid: id ?? '' }, sub_technique: { ...named, uid: sub } };
  });
  return found.length > 0 ? found : undefined;
};

/** In the order in which they are looked for; OCSF's ids (object "os", attribute type_id). */
const SYSTEMS: readonly (readonly [words: RegExp, type: string, id: number])[] = [
  [/windows/i, 'windows', 100],
  [/android/i, 'android', 201],
  [/\bios\b|iphone|ipad/i, 'ios', 301],
  [/mac ?os|darwin|os ?x/i, 'macos', 300],
  [/linux|ubuntu|debian|red ?hat|centos|suse|fedora|oracle|amazon|alma|rocky|mariner/i, 'linux', 200],
];

function system(value: JsonValue): { readonly type: string; readonly id: number } | undefined {
  const given = textOf(value)?.slice(0, 200) ?? '';
  const found = SYSTEMS.find(([words]) => words.test(given));
  return found && { type: found[1], id: found[2] };
}

const hostOfUrl: Conversion = (value) => {
  if (typeof value !== 'string' || value.length > 8_192) return undefined;
  const rest = value.replace(/^[a-z][a-z0-9+.-]{0,32}:\/\//i, '').replace(/^[^/?#@]{0,1024}@/, '');
  const host = /^(?:\[[^\]]{1,64}\]|[^/?#:\s]{1,255})/.exec(rest)?.[0];
  return host === undefined ? undefined : host.replace(/^\[|\]$/g, '').toLowerCase();
};

const FORMS: Readonly<Record<ValueForm, Conversion>> = {
  lower,
  process_id: processId,
  md5: fingerprint(1, 32),
  sha1: fingerprint(2, 40),
  sha256: fingerprint(3, 64),
  registry_hive: (value) => registry(value)?.hive,
  registry_key: (value) => {
    const key = registry(value)?.key;
    return key === '' ? undefined : key;
  },
  registry_path: (value) => {
    const found = registry(value);
    if (found === undefined) return undefined;
    return found.key === '' ? found.hive : `${found.hive}\\${found.key}`;
  },
  message_id: (value) => (typeof value === 'string' ? text(value.replace(/^<([^<>]*)>$/, '$1')) : undefined),
  host_of_url: hostOfUrl,
  technique_names: listed(({ name }) => name),
  technique_ids: listed(({ id }) => id),
  subtechnique_ids: listed(({ sub }) => sub),
  attacks,
  account_names: eachMember('UserName'),
  os_type: (value) => system(value)?.type,
  os_type_id: (value) => system(value)?.id,
  action: (value) => textOf(value)?.toLowerCase().replaceAll(/\s+/g, '-'),
};
