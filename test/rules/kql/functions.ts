/** The functions of KQL that `rules convert` calls, as Kusto's reference describes them. */
import ipaddr from 'ipaddr.js';
import { RE2JS } from 're2js';
import { Dynamic, type KustoValue, parseJson, toText } from './values.ts';

type Argument = () => KustoValue;
type KustoFunction = (args: readonly Argument[]) => KustoValue;

/** Calls a function; its arguments are computed when it asks for them. */
export function call(name: string, args: readonly Argument[]): KustoValue {
  const found = FUNCTIONS[name];
  if (!found) throw new Error(`no function: ${name}`);
  return found(args);
}

function at(args: readonly Argument[], index: number): KustoValue {
  const argument = args[index];
  if (!argument) throw new Error(`no argument ${index}`);
  return argument();
}

const textAt = (args: readonly Argument[], index: number) => toText(at(args, index));

function isEmpty(value: KustoValue): boolean {
  return value === null || value === '' || (value instanceof Dynamic && value.json === '');
}

const INT64 = (value: bigint) => BigInt.asIntN(64, value);

function toLong(value: KustoValue): bigint | null {
  if (typeof value === 'bigint') return value;
  const text = toText(value).trim();
  if (!/^[-+]?\d+$/.test(text)) return null;
  const number = BigInt(text);
  return INT64(number) === number ? number : null;
}

function hex(args: readonly Argument[]): KustoValue {
  const number = at(args, 0);
  if (typeof number !== 'bigint') return '';
  const digits = BigInt.asUintN(64, number).toString(16);
  return args.length > 1 ? digits.padStart(Number(at(args, 1)), '0') : digits;
}

function chosen(args: readonly Argument[]): KustoValue {
  for (let index = 0; index + 1 < args.length; index += 2)
    if (at(args, index) === true) return at(args, index + 1);
  return at(args, args.length - 1);
}

function inRange(text: string, network: string, kind: 'ipv4' | 'ipv6'): KustoValue {
  const [base = '', bits] = network.split('/');
  const isV4 = (one: string) => ipaddr.IPv4.isValidFourPartDecimal(one);
  if (!isV4(text) && (kind === 'ipv4' || !ipaddr.IPv6.isValid(text))) return null;
  const v6 = (one: string) =>
    isV4(one) ? ipaddr.IPv4.parse(one).toIPv4MappedAddress() : ipaddr.IPv6.parse(one);
  if (kind === 'ipv4') return ipaddr.IPv4.parse(text).match(ipaddr.IPv4.parse(base), Number(bits ?? 32));
  const length = bits === undefined ? 128 : Number(bits) + (isV4(base) ? 96 : 0);
  return v6(text).match(v6(base), length);
}

function datePart(part: string, value: KustoValue): KustoValue {
  if (!(value instanceof Date)) return null;
  const parts: Readonly<Record<string, number>> = {
    minute: value.getUTCMinutes(),
    hour: value.getUTCHours(),
    day: value.getUTCDate(),
    month: value.getUTCMonth() + 1,
    year: value.getUTCFullYear(),
  };
  return BigInt(parts[part] ?? 0);
}

/** The week of ISO 8601: the first one holds the year's first Thursday. */
function isoWeek(value: KustoValue): KustoValue {
  if (!(value instanceof Date)) return null;
  const day = new Date(Date.UTC(value.getUTCFullYear(), value.getUTCMonth(), value.getUTCDate()));
  const thursday = new Date(day.getTime() + (3 - ((day.getUTCDay() + 6) % 7)) * 86_400_000);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return BigInt(1 + Math.floor((thursday.getTime() - first) / (7 * 86_400_000)));
}

const FUNCTIONS: Readonly<Record<string, KustoFunction>> = {
  not: (args) => {
    const value = at(args, 0);
    return value === null ? null : value !== true;
  },
  isempty: (args) => isEmpty(at(args, 0)),
  isnotempty: (args) => !isEmpty(at(args, 0)),
  isnull: (args) => at(args, 0) === null,
  isnotnull: (args) => at(args, 0) !== null,
  iff: chosen,
  case: chosen,
  coalesce: (args) => args.map((argument) => argument()).find((value) => value !== null) ?? null,
  strcat: (args) => args.map((argument) => toText(argument())).join(''),
  substring: (args) => [...textAt(args, 0)].slice(Number(at(args, 1))).join(''),
  tostring: (args) => textAt(args, 0),
  tolong: (args) => toLong(at(args, 0)),
  todouble: (args) => {
    const text = textAt(args, 0).trim();
    return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
  },
  todatetime: (args) => {
    const time = new Date(textAt(args, 0));
    return Number.isNaN(time.getTime()) ? null : time;
  },
  tohex: hex,
  binary_and: (args) => {
    const [a, b] = [at(args, 0), at(args, 1)];
    return typeof a === 'bigint' && typeof b === 'bigint' ? INT64(a & b) : null;
  },
  binary_shift_right: (args) => {
    const [a, b] = [at(args, 0), at(args, 1)];
    return typeof a === 'bigint' && typeof b === 'bigint' ? INT64(a >> b) : null;
  },
  parse_json: (args) => parseJson(at(args, 0)),
  replace_regex: (args) => {
    const rewrite = textAt(args, 2);
    if (/\\(?!\d)|[$]/.test(rewrite)) throw new Error(`engines do not agree on ${rewrite}`);
    const matcher = RE2JS.compile(textAt(args, 1)).matcher(textAt(args, 0));
    return matcher.replaceAll(rewrite.replace(/\\(\d)/g, (_, group: string) => `$${group}`));
  },
  extract: (args) => {
    const matcher = RE2JS.compile(textAt(args, 0)).matcher(textAt(args, 2));
    return matcher.find() ? (matcher.group(Number(at(args, 1))) ?? '') : '';
  },
  split: (args) => new Dynamic(textAt(args, 0).split(textAt(args, 1))),
  ipv4_is_in_range: (args) => inRange(textAt(args, 0), textAt(args, 1), 'ipv4'),
  ipv6_is_match: (args) => inRange(textAt(args, 0), textAt(args, 1), 'ipv6'),
  datetime_part: (args) => datePart(textAt(args, 0), at(args, 1)),
  week_of_year: (args) => isoWeek(at(args, 0)),
};
