/** What is wrong with a preset beyond the form of its parts: names that lead nowhere, secrets where none may be. */
import { RE2JS, RE2JSException } from 're2js';
import { EVENT_FIELDS, FILTERS, hasFilter, isEventField } from './event-fields.ts';
import { DEEPEST, depthOf, type JsonTemplate, placeholderAlone, stringsIn } from './json-template.ts';
import { partsOf, placeholdersOf } from './template.ts';

type Path = readonly PropertyKey[];

/** A mistake: the value at the path must be `message`. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

interface Checked {
  readonly settings: Readonly<
    Record<
      string,
      {
        readonly secret: boolean;
        readonly default?: string | undefined;
        readonly values?: readonly string[] | undefined;
        readonly pattern?: string | undefined;
      }
    >
  >;
  readonly request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly auth?: Readonly<Record<string, string | undefined>> | undefined;
  };
  readonly body: {
    readonly framing: string;
    readonly object?: JsonTemplate | undefined;
    readonly record: JsonTemplate;
  };
}

/** The time to match is this times the length of a value: some tenths of a second for the longest. */
const MOST_INSTRUCTIONS = 2_500;

/** Where the array of records stands. */
export const RECORDS_NAME = 'records';

export function presetProblems(preset: Checked): readonly Problem[] {
  return [
    ...settingProblems(preset),
    ...requestProblems(preset),
    ...recordProblems(preset),
    ...objectProblems(preset),
  ];
}

/** The expression of a `pattern`; undefined where it is none. */
export function patternOf(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

/** What a value must be instead; undefined where it may stand. */
export function wantedOf(
  value: string,
  { values, pattern }: Pick<Checked['settings'][string], 'values' | 'pattern'>,
): string | undefined {
  if (values && !values.includes(value)) return `one of ${values.join(', ')}`;
  if (pattern !== undefined && patternOf(pattern)?.matches(value) === false) {
    return `text of the form ${pattern}`;
  }
  return undefined;
}

function settingProblems({ settings }: Checked): readonly Problem[] {
  return Object.entries(settings).flatMap(([name, one]): Problem[] => {
    const at = (key: string): Path => ['settings', name, key];
    if (isEventField(name) || name === RECORDS_NAME) {
      return [{ path: ['settings', name], message: 'under another name: this one is a field of the event' }];
    }
    if (one.pattern !== undefined) {
      const pattern = patternOf(one.pattern);
      if (pattern === undefined) return [{ path: at('pattern'), message: 'a regular expression of RE2' }];
      if (pattern.programSize() > MOST_INSTRUCTIONS) {
        return [
          { path: at('pattern'), message: 'a regular expression with fewer repetitions: it is too slow' },
        ];
      }
    }
    if (one.default === undefined) return [];
    if (one.secret) return [{ path: at('default'), message: 'left out: a secret has no default' }];
    const wanted = wantedOf(one.default, one);
    return wanted === undefined ? [] : [{ path: at('default'), message: wanted }];
  });
}

function requestProblems({ settings, request }: Checked): readonly Problem[] {
  const { url, headers, auth = {} } = request;
  const texts: (readonly [Path, string])[] = [
    [['request', 'url'], url],
    ...Object.entries(headers).map(([name, text]) => [['request', 'headers', name], text] as const),
    ...Object.entries(auth).flatMap(([key, text]) =>
      text === undefined ? [] : [[['request', 'auth', key], text] as const],
    ),
  ];
  const found = texts.flatMap(([path, text]) => ofSettings(path, text, settings));
  const isAddress = /^https?:\/\/[^/?#]/.test(url) || /^\{[a-z]/.test(url);
  const taken = auth.type === 'api_key' ? auth.header?.toLowerCase() : 'authorization';
  for (const name of request.auth ? Object.keys(headers) : []) {
    if (name.toLowerCase() !== taken) continue;
    found.push({ path: ['request', 'headers', name], message: 'left out: `auth` sets this header' });
  }
  const wrong = new Set(found.map(({ path }) => path.join('.')));
  found.push(
    ...openCredentials({ headers, auth, settings }).filter(({ path }) => !wrong.has(path.join('.'))),
  );
  if (!isAddress)
    found.push({ path: ['request', 'url'], message: 'an address, or a setting that begins one' });
  return found;
}

/** Keys of `auth` that hold what proves who sends. */
const CREDENTIALS: ReadonlySet<string> = new Set(['token', 'password', 'key', 'client_secret']);
/** Names of headers that do. */
const CREDENTIAL_HEADER = /^(?:cookie|(?:.*-)?(?:authorization|api-?key|token|secret))$/i;

/** Credentials that stand in the preset, or in a setting that may be shown. */
function openCredentials({
  headers,
  auth,
  settings,
}: Pick<Checked, 'settings'> &
  Pick<Checked['request'], 'headers'> & {
    readonly auth: NonNullable<Checked['request']['auth']>;
  }): Problem[] {
  const places: (readonly [Path, string])[] = [
    ...Object.entries(auth).flatMap(([key, text]) =>
      text !== undefined && CREDENTIALS.has(key) ? [[['request', 'auth', key], text] as const] : [],
    ),
    ...Object.entries(headers).flatMap(([name, text]) =>
      CREDENTIAL_HEADER.test(name) ? [[['request', 'headers', name], text] as const] : [],
    ),
  ];
  return places.flatMap(([path, text]) => {
    const isSecret = placeholdersOf(text).some(({ name }) => settings[name]?.secret);
    const message = 'text with a setting that has `secret: true`: it is a credential';
    return isSecret ? [] : [{ path, message }];
  });
}

function ofSettings(path: Path, text: string, settings: Checked['settings']): Problem[] {
  if (partsOf(text) === undefined) return [{ path, message: BRACES }];
  return placeholdersOf(text).flatMap(({ name, filter }): Problem[] => {
    if (filter !== undefined) return [{ path, message: `text in which {${name}} has no filter` }];
    if (Object.hasOwn(settings, name)) return [];
    const known = Object.keys(settings).join(', ') || 'none';
    return [
      { path, message: `text with placeholders of the settings (${known}): {${name}} is none of them` },
    ];
  });
}

const BRACES = 'text with placeholders such as {name}; "{{" and "}}" stand for single braces';

function recordProblems({ settings, body: { record } }: Checked): readonly Problem[] {
  if (depthOf(record) > DEEPEST)
    return [{ path: ['body', 'record'], message: `at most ${DEEPEST} levels deep` }];
  const strings = stringsIn(record);
  const found = strings.flatMap(([at, text]): Problem[] => {
    const path = ['body', 'record', ...at];
    if (partsOf(text) === undefined) return [{ path, message: BRACES }];
    return placeholdersOf(text).flatMap((placeholder): Problem[] => {
      const { name, filter } = placeholder;
      if (Object.hasOwn(settings, name) && settings[name]?.secret) {
        return [{ path, message: `text without {${name}}: a secret does not belong in records` }];
      }
      if (!isEventField(name) && !Object.hasOwn(settings, name)) {
        const fields = Object.keys(EVENT_FIELDS).join(', ');
        return [
          {
            path,
            message: `text with fields of the event (${fields}, column.NAME) or settings: {${name}} is none of them`,
          },
        ];
      }
      if (!hasFilter(placeholder)) {
        const kind = EVENT_FIELDS[name]?.kind ?? 'text';
        const filters = Object.keys(FILTERS[kind]).join(', ');
        const wanted = filters === '' ? 'has none' : `has ${filters}`;
        return [
          { path, message: `text with a filter that {${name}} has: "${filter}" is none, it ${wanted}` },
        ];
      }
      if (name === 'event' && placeholderAlone(text) === undefined) {
        return [{ path, message: 'a string that holds nothing beside {event}' }];
      }
      return [];
    });
  });
  const isOfEvent = strings.some(([, text]) => placeholdersOf(text).some(({ name }) => name === 'event'));
  if (found.length === 0 && !isOfEvent) {
    found.push({ path: ['body', 'record'], message: 'JSON with "{event}" in it: else events would be lost' });
  }
  return found;
}

function objectProblems({ settings, body: { framing, object } }: Checked): readonly Problem[] {
  const path = ['body', 'object'];
  if (framing !== 'object') {
    return object === undefined ? [] : [{ path, message: 'left out: it belongs to `framing: object`' }];
  }
  if (object === undefined) return [{ path, message: 'JSON with the string "{records}"' }];
  if (depthOf(object) > DEEPEST) return [{ path, message: `at most ${DEEPEST} levels deep` }];
  const strings = stringsIn(object);
  const places = strings.filter(([, text]) => text === `{${RECORDS_NAME}}`);
  if (places.length !== 1) return [{ path, message: 'JSON with the string "{records}" in one place' }];
  return strings.flatMap(([at, text]) =>
    text === `{${RECORDS_NAME}}` ? [] : ofSettings([...path, ...at], text, settings),
  );
}
