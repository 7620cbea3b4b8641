/**
 * Reads messages of OTLP in their JSON form: fields by their lowerCamelCase names, integers of 64 bits, enums, ids and AnyValue.
 *
 * Sources: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding (deviations from the JSON mapping),
 * https://protobuf.dev/programming-guides/json/ (the mapping), https://opentelemetry.io/docs/specs/otel/common/#attribute (unique keys, which
 * are not empty), https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto (AnyValue).
 */
import { isObject } from './json.ts';

/** The request cannot be decoded, so all of it is refused. */
export class BadData extends Error {}

/** One record breaks the data model, so it is rejected, and the others are not. */
export class BadRecord extends Error {}

/** Notes what a server has to accept, though a careful client does not send it. */
export type Remark = (what: string) => void;

/** The fields of a message by name, and where it stands. */
export interface Message {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly remark: Remark;
}

const MOST_DEPTH = 64;
const UINT64 = 2n ** 64n;
const INT64 = 2n ** 63n;

/** Reads an object as a message with the fields in `known`; others are ignored, as the protocol demands, with a remark. */
export function messageOf(value: unknown, path: string, known: readonly string[], remark: Remark): Message {
  if (!isObject(value)) throw new BadData(`${path}: not an object`);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) remark(`${path}.${name}: an unknown field is ignored`);
    if (value[name] === null) remark(`${path}.${name}: null stands for a default`);
  }
  return { path, fields: value, remark };
}

/** The messages of a repeated field; none if it is absent. */
export function repeated<T>(
  { fields, path }: Message,
  name: string,
  read: (value: unknown, path: string) => T,
): readonly T[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new BadData(`${path}.${name}: not a list`);
  return value.map((each, at) => read(each, `${path}.${name}[${at}]`));
}

export function stringOf({ fields, path }: Message, name: string): string {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw new BadData(`${path}.${name}: not a string`);
  return value;
}

/** A fixed64: a decimal string. A number is accepted, with a remark, because it may have lost digits. */
export function uint64Of(message: Message, name: string): bigint {
  return integer(message, name, { least: 0n, limit: UINT64 });
}

/** A whole number of at most 32 bits, or of an enum, whose names are not allowed. */
export function uint32Of({ fields, path }: Message, name: string): number {
  const value = fields[name] ?? 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new BadData(`${path}.${name}: not an integer of 32 bits`);
}

/** An id in hexadecimal digits; undefined if it is absent, or if it has another length or only zeros, so that it stands for none. */
export function idOf(message: Message, name: string, digits: number): string | undefined {
  const value = stringOf(message, name);
  if (!/^(?:[0-9a-f]{2})*$/i.test(value)) {
    throw new BadData(`${message.path}.${name}: not hexadecimal digits`);
  }
  if (value.length === digits && !/^0+$/.test(value)) return value.toLowerCase();
  if (Object.hasOwn(message.fields, name)) message.remark(`${message.path}.${name}: no valid id`);
  return undefined;
}

/** Attributes as an object. Throws BadRecord if a key is empty or there twice. */
export function attributesOf(message: Message, name: string, depth = 0): Readonly<Record<string, unknown>> {
  const pairs = repeated(message, name, (value, path) => keyValue(value, path, message.remark, depth));
  const keys = new Set<string>();
  for (const [key] of pairs) {
    if (key === '') throw new BadRecord(`${message.path}.${name}: an empty key`);
    if (keys.has(key)) throw new BadRecord(`${message.path}.${name}: the key ${key} twice`);
    keys.add(key);
  }
  return Object.fromEntries(pairs);
}

function keyValue(value: unknown, path: string, remark: Remark, depth: number): readonly [string, unknown] {
  const message = messageOf(value, path, ['key', 'value'], remark);
  if (message.fields.value === undefined) remark(`${path}.value: an empty value`);
  return [stringOf(message, 'key'), anyValueOf(message.fields.value ?? {}, `${path}.value`, remark, depth)];
}

/** By field of AnyValue, how its value is read. */
const KINDS: Readonly<Record<string, (message: Message, name: string, depth: number) => unknown>> = {
  stringValue: stringOf,
  boolValue({ fields, path }, name) {
    if (typeof fields[name] !== 'boolean') throw new BadData(`${path}.${name}: not a boolean`);
    return fields[name];
  },
  intValue(message, name) {
    const value = integer(message, name, { least: -INT64, limit: INT64 });
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  },
  doubleValue({ fields, path }, name) {
    const value = fields[name];
    if (typeof value === 'number') return value;
    if (['NaN', 'Infinity', '-Infinity'].includes(String(value))) return Number(value);
    throw new BadData(`${path}.${name}: not a number`);
  },
  arrayValue({ fields, path, remark }, name, depth) {
    const list = messageOf(fields[name], `${path}.${name}`, ['values'], remark);
    return repeated(list, 'values', (value, at) => anyValueOf(value, at, remark, depth + 1));
  },
  kvlistValue({ fields, path, remark }, name, depth) {
    const list = messageOf(fields[name], `${path}.${name}`, ['values'], remark);
    return attributesOf(list, 'values', depth + 1);
  },
  bytesValue(message, name) {
    const value = stringOf(message, name);
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) throw new BadData(`${message.path}.${name}: not base64`);
    return Buffer.from(value, 'base64');
  },
};

/** An AnyValue as a value of JavaScript; undefined for an empty one. Integers of more than 53 bits are bigints. */
export function anyValueOf(value: unknown, path: string, remark: Remark, depth = 0): unknown {
  if (depth > MOST_DEPTH) throw new BadData(`${path}: nested too deeply`);
  const message = messageOf(value, path, Object.keys(KINDS), remark);
  const given = Object.keys(KINDS).filter((name) => (message.fields[name] ?? undefined) !== undefined);
  const [name, other] = given;
  if (other !== undefined) throw new BadData(`${path}: ${name} and ${other} at once`);
  return name === undefined ? undefined : KINDS[name]?.(message, name, depth);
}

function integer(
  { fields, path, remark }: Message,
  name: string,
  { least, limit }: { readonly least: bigint; readonly limit: bigint },
): bigint {
  const value = fields[name] ?? '0';
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  if (isNumber) remark(`${path}.${name}: a number, and not a decimal string`);
  if (!isNumber && !(typeof value === 'string' && /^-?\d{1,20}$/.test(value))) {
    throw new BadData(`${path}.${name}: not an integer`);
  }
  const read = BigInt(value);
  if (read < least || read >= limit) throw new BadData(`${path}.${name}: out of range`);
  return read;
}
