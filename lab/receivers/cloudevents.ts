/**
 * Reads CloudEvents 1.0, and says what of them the specification does not allow:
 *
 * - https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md : names, types and constraints of attributes
 * - https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md : types in JSON, `data` and `data_base64`, batches
 * - https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md : attributes in headers, and how they are encoded
 *
 * What a sender MUST do counts here, also where a receiver has to bear with less: a blank or a quotation mark in a header must be encoded.
 */
import { isObject } from './json.ts';
import { isRfc3339 } from './rfc3339.ts';

/** An event by its attributes and its data. */
export type CloudEvent = Readonly<Record<string, unknown>>;

const REQUIRED = ['specversion', 'id', 'source', 'type'];
/** Members of the JSON format that are no attributes. */
const DATA = ['data', 'data_base64'];
const NAME = /^[a-z0-9]+$/;
/** RFC 3986, without hosts in brackets. */
const URI_REFERENCE =
  /^(?:[\w\-.~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*(?:#(?:[\w\-.~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** RFC 2046, with the characters of RFC 6838. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"\\]*"))*$/;
const JSON_TYPE = /^[^/;]+\/(?:[^/;]+\+)?json *(?:;|$)/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Controls and noncharacters; lone surrogates are looked for apart. */
const DISALLOWED = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;
/** A header's value: visible ASCII without `"`, and `%` only before two hexadecimal digits. */
const ENCODED = /^(?:[\x21\x23\x24\x26-\x7e]|%[0-9A-Fa-f]{2})+$/;
const PREFIX = 'ce-';
const INTEGERS = { least: -2_147_483_648, most: 2_147_483_647 };

/** What is wrong with an event in the JSON format; undefined for nothing. */
export function cloudEventTrouble(value: unknown): string | undefined {
  if (!isObject(value)) return 'the event is not an object';
  const attributes = Object.entries(value).filter(([name, each]) => !DATA.includes(name) && each !== null);
  return attributesTrouble(new Map(attributes)) ?? dataTrouble(value);
}

/** Whether a request is one in binary mode, unless its content type is one of CloudEvents. */
export function hasAttributes(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.startsWith(PREFIX));
}

/** The event of a request in binary mode, or what is wrong with it. */
export function binaryCloudEvent(
  headers: Readonly<Record<string, string>>,
  body: string,
): CloudEvent | string {
  const attributes = new Map<string, unknown>();
  for (const [header, given] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (name === 'datacontenttype') return 'ce-datacontenttype must not be there: it is the content type';
    const value = decoded(given);
    if (value === undefined) return `${header} is not encoded`;
    attributes.set(name, value);
  }
  const type = headers['content-type'];
  if (type === undefined) return 'no content type, which is the datacontenttype';
  attributes.set('datacontenttype', type);
  const trouble = attributesTrouble(attributes);
  if (trouble !== undefined) return trouble;
  const event = Object.fromEntries(attributes);
  if (!JSON_TYPE.test(type)) return { ...event, data: body };
  try {
    return { ...event, data: JSON.parse(body) };
  } catch {
    return 'the data is not JSON, which the content type says';
  }
}

function attributesTrouble(attributes: ReadonlyMap<string, unknown>): string | undefined {
  const absent = REQUIRED.find((name) => !attributes.has(name));
  if (absent !== undefined) return `${absent} is missing`;
  for (const [name, value] of attributes) {
    if (!NAME.test(name) || DATA.includes(name)) return `${name} is no name of an attribute`;
    const trouble = valueTrouble(name, value);
    if (trouble !== undefined) return `${name} ${trouble}`;
  }
  return undefined;
}

/** The rules of attributes whose type is a string, of which none may be empty. */
const TEXTS: Readonly<Record<string, (text: string) => string | undefined>> = {
  specversion: (text) => (text === '1.0' ? undefined : 'is not 1.0'),
  id: () => undefined,
  type: () => undefined,
  subject: () => undefined,
  source: (text) => (isUriReference(text) ? undefined : 'is no URI reference'),
  dataschema: (text) => (SCHEME.test(text) && isUriReference(text) ? undefined : 'is no URI'),
  datacontenttype: (text) => (MEDIA_TYPE.test(text) ? undefined : 'is no media type'),
  time: (text) => (isRfc3339(text) ? undefined : 'is not of RFC 3339'),
};

function valueTrouble(name: string, value: unknown): string | undefined {
  const own = TEXTS[name];
  if (typeof value === 'string') {
    if (own && value === '') return 'is empty';
    if (DISALLOWED.test(value) || !value.isWellFormed()) return 'has characters that are not allowed';
    return own?.(value);
  }
  if (own) return 'is not a string';
  if (typeof value === 'boolean') return undefined;
  const isInteger =
    Number.isInteger(value) && Number(value) >= INTEGERS.least && Number(value) <= INTEGERS.most;
  return isInteger ? undefined : 'has none of the types of attributes';
}

function isUriReference(text: string): boolean {
  if (!URI_REFERENCE.test(text)) return false;
  const [first = ''] = text.split(/[/?#]/);
  return !first.includes(':') || SCHEME.test(first);
}

function dataTrouble(event: CloudEvent): string | undefined {
  const { data, data_base64: binary, datacontenttype: type } = event;
  if (binary !== undefined && binary !== null) {
    if (data !== undefined) return 'data and data_base64 are both there';
    return typeof binary === 'string' && BASE64.test(binary) ? undefined : 'data_base64 is not base64';
  }
  const isText = typeof type === 'string' && !JSON_TYPE.test(type);
  return isText && data !== undefined && typeof data !== 'string'
    ? 'data is not a string, and its type is not JSON'
    : undefined;
}

/** Undefined where the value was not encoded as the binding asks for, or is not UTF-8. */
function decoded(value: string): string | undefined {
  if (!ENCODED.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
