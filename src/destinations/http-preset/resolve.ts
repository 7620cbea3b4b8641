/** A preset with the values that relay.yaml gives its settings: an address, headers, credentials, a frame, and limits. */
import { headerText } from '../../shared/secret.ts';
import { type AnyAuthorization, authorizationConfig, authorizationSecrets } from '../authorization.ts';
import { httpUrl } from '../common.ts';
import { serviceAccountKey } from '../google-tokens.ts';
import { secretsInUrl } from '../reply.ts';
import { type Frame, frameBytes, frameOf } from './frame.ts';
import type { Preset } from './preset.ts';
import { type Problem, presetProblems } from './preset-checks.ts';
import { type PresetChoice, presetNames, presetOf } from './shipped-presets.ts';
import { addressOf, filled, placeholdersOf, type Values } from './template.ts';
import { type GivenValues, pathOfSetting, valueProblems, valuesOf } from './values.ts';

/** What an entry of `destinations:` says of its preset. */
export interface PresetEntry extends GivenValues, PresetChoice {
  readonly endpoint?: string | undefined;
}

export interface ResolvedPreset {
  readonly preset: Preset;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: AnyAuthorization | undefined;
  readonly frame: Frame;
  /** What must not be shown. */
  readonly secrets: readonly string[];
  /** The most bytes that one record may have. */
  readonly eventBytes: number;
}

/** Everything that is wrong with what an entry gives its preset: {@link resolvedPreset} takes the entry only if it is empty. */
export function entryProblems(entry: PresetEntry): readonly Problem[] {
  const preset = presetOf(entry);
  if (preset === undefined) {
    const message = `${presetNames().join(', ')}, or the path of a preset file, such as ./presets/own.yml`;
    return [{ path: ['preset'], message }];
  }
  // What is wrong with a preset that stands in relay.yaml was said already.
  if (presetProblems(preset).length > 0) return [];
  const wrong = valueProblems(preset, entry);
  return wrong.length > 0 ? wrong : resolve(preset, entry).problems;
}

/** Throws a TypeError for an entry that has problems, which a checked one has not. */
export function resolvedPreset(entry: PresetEntry): ResolvedPreset {
  const preset = presetOf(entry);
  const made = preset && resolve(preset, entry);
  const { url = undefined, problems = [] } = made ?? {};
  if (made === undefined || url === undefined || problems.length > 0) {
    throw new TypeError('this entry was not checked');
  }
  return { ...made, url };
}

type Resolution = Omit<ResolvedPreset, 'url'> & {
  readonly url: string | undefined;
  readonly problems: readonly Problem[];
};

/** What finishing one part of a preset needs: `wrong` notes that the settings in a template must have other values. */
interface Context {
  readonly request: Preset['request'];
  readonly values: Values;
  wrong(template: string, message: string): undefined;
}

function resolve(preset: Preset, entry: PresetEntry): Resolution {
  const { request, settings, limits, body } = preset;
  const values = valuesOf(preset, entry);
  const problems: Problem[] = [];
  const context: Context = {
    request,
    values,
    wrong(template, message) {
      const [first] = placeholdersOf(template);
      problems.push({ path: first ? pathOfSetting(preset, first.name) : ['preset'], message });
    },
  };
  const url = urlOf(context, entry.endpoint);
  const headers = headersOf(context);
  const auth = authOf(context);
  const frame = frameOf(body, values);
  const bytes = limits.bytes ?? Number.POSITIVE_INFINITY;
  const most = bytes - frameBytes(frame, 1);
  if (most < bytes / 2) {
    const message = `a preset whose limits.bytes leave room for records: ${frameBytes(frame, 1)} bytes stand around them`;
    problems.push({ path: ['preset'], message });
  }
  const given = [...values].filter(([name]) => settings[name]?.secret === true).map(([, value]) => value);
  return {
    preset,
    url,
    headers,
    auth,
    frame,
    secrets: [
      ...given,
      ...given.flatMap(wordsOf),
      ...authorizationSecrets(auth),
      ...(url === undefined || !isSecretUrl(preset) ? [] : secretsInUrl(url)),
    ],
    eventBytes: Math.min(limits.event_bytes ?? most, most),
    problems,
  };
}

/** `Bearer abc`: a reply may repeat the second word alone. */
function wordsOf(secret: string): readonly string[] {
  return secret.split(' ').filter((word) => word.length >= 8 && word !== secret);
}

function isSecretUrl({ request, settings }: Preset): boolean {
  return placeholdersOf(request.url).some(({ name }) => settings[name]?.secret === true);
}

function urlOf({ request, values, wrong }: Context, endpoint: string | undefined): string | undefined {
  const address = addressOf(request.url, values);
  if ('setting' in address) return wrong(`{${address.setting}}`, address.wanted);
  if (!httpUrl.safeParse(address.url).success) {
    return wrong(request.url, 'an http or https address, without user and password');
  }
  if (endpoint === undefined) return address.url;
  const { pathname, search } = new URL(address.url);
  // Set, and not resolved: a path that begins with two slashes would name another host.
  const url = new URL(endpoint);
  url.pathname = pathname;
  url.search = search;
  return url.href;
}

function headersOf({ request, values, wrong }: Context): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, template]) => {
      const text = filled(template, values);
      if (text === undefined) return [];
      if (!headerText.safeParse(text).success) wrong(template, 'text that can stand in a request header');
      return [[name.toLowerCase(), text]];
    }),
  );
}

function authOf({ request: { auth }, values, wrong }: Context): AnyAuthorization | undefined {
  if (auth === undefined) return undefined;
  if (auth.type === 'google_service_account') {
    const key = serviceAccountKey(filled(auth.key, values) ?? '');
    const scope = filled(auth.scope, values) ?? '';
    if (key) return { type: auth.type, key, scope };
    return wrong(auth.key, "the JSON of a service account's key file, as Google Cloud writes it");
  }
  const data = Object.fromEntries(
    Object.entries(auth).flatMap(([key, template]) => {
      const text = template === undefined ? undefined : filled(template, values);
      return text === undefined ? [] : [[key, text]];
    }),
  );
  const checked = authorizationConfig.safeParse(data);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const template: unknown = issue?.path[0] === undefined ? undefined : Reflect.get(auth, issue.path[0]);
  return wrong(typeof template === 'string' ? template : '', issue?.message ?? 'another value');
}
