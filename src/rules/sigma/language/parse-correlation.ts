/** Reads a `correlation:` document (Sigma correlation rules specification 2.1). */
import { isMap } from 'yaml';
import { mustBe, notAllowed, wrongType } from '../../../diagnostics/sentences.ts';
import { type MappingReader, plain } from '../../../diagnostics/yaml/mapping.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import type {
  CorrelationCondition,
  CorrelationOp,
  CorrelationType,
  SigmaCorrelation,
  SigmaHeader,
} from '../types.ts';
import { type Bound, excludeEachOther } from './bounds.ts';

const TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const satisfies readonly CorrelationType[];
type Type = (typeof TYPES)[number];
/** The types that calculate with a number from each event. */
const NUMERIC: ReadonlySet<Type> = new Set(['value_sum', 'value_avg', 'value_percentile']);
const OPS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const KEYS = ['type', 'rules', 'aliases', 'group-by', 'timespan', 'condition', 'generate'] as const;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest timespan, in milliseconds. Windows are kept in memory and in the state; longer ones belong in a SIEM. */
const TIMESPAN_LIMIT = 7 * 86_400_000;
const WANTED = {
  timespan: 'a number and s, m, h or d, such as "90m", up to "7d"',
  condition: 'a mapping such as "{ gte: 10 }"',
} as const;

/** Reads the correlation of a document; undefined if an error was reported. */
export function readCorrelation(root: MappingReader, header: SigmaHeader): SigmaCorrelation | undefined {
  const map = root.mapping('correlation');
  root.require('correlation', 'a mapping (key: value)');
  if (!map) return undefined;
  map.refuseUnknown(KEYS);
  const type = readType(map);
  const rules = readRules(map);
  const timespan = readTimespan(map);
  const condition = type && readCondition(map, type, rules.length);
  const generate = map.string('generate') ?? root.string('generate');
  if (!type || timespan === undefined || !condition) return undefined;
  return {
    kind: 'correlation',
    ...header,
    type,
    rules,
    rulesSpan: spanOf(map.value('rules'), root.findings.lines),
    groupBy: map.strings('group-by'),
    timespan,
    aliases: readAliases(map),
    condition,
    generate: generate === 'true',
  };
}

function readType(map: MappingReader): Type | undefined {
  const text = map.string('type');
  map.require('type', `one of ${TYPES.join(', ')}`);
  const type = TYPES.find((known) => known === text);
  if (!type && text !== undefined) map.report('type', notAllowed([...map.path, 'type'], text, TYPES));
  return type;
}

function readRules(map: MappingReader): readonly string[] {
  map.require('rules', 'a list of ids or names of rules');
  const rules = map.strings('rules');
  const given = plain(map.value('rules'));
  if (rules.length === 0 && Array.isArray(given)) {
    map.report('rules', mustBe('out-of-range', [...map.path, 'rules'], 'a list with at least 1 entry'));
  }
  return rules;
}

function readTimespan(map: MappingReader): number | undefined {
  map.require('timespan', WANTED.timespan);
  const text = map.string('timespan');
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const timespan = Number(count ?? 0) * (UNITS[unit] ?? 0);
  if (timespan > 0 && timespan <= TIMESPAN_LIMIT) return timespan;
  map.report('timespan', mustBe('bad-format', [...map.path, 'timespan'], WANTED.timespan));
  return undefined;
}

function readCondition(map: MappingReader, type: Type, rules: number): CorrelationCondition | undefined {
  const temporal = type === 'temporal' || type === 'temporal_ordered';
  // Without a condition, all of the rules must match.
  if (!map.has('condition') && temporal) return { fields: [], bounds: [{ op: 'gte', value: rules }] };
  map.require('condition', WANTED.condition);
  const node = map.value('condition');
  const path = [...map.path, 'condition'];
  if (!isMap(node)) {
    // Sigma 2.1 has conditions that combine rules by name; these are strings, and not supported.
    const given = plain(node);
    if (given !== null) map.report('condition', wrongType(path, given, WANTED.condition));
    return undefined;
  }
  const condition = map.mapping('condition');
  if (!condition) return undefined;
  condition.refuseUnknown(type === 'value_percentile' ? [...OPS, 'field', 'percentile'] : [...OPS, 'field']);
  const bounds = condition.keys().flatMap((key) => {
    const op = OPS.find((known) => known === key);
    return (op && readBound(condition, op, type)) ?? [];
  });
  if (bounds.length === 0 && !map.findings.failed) {
    map.report('condition', {
      code: 'bad-condition',
      message: 'the condition has no bound',
      hint: 'such as "gte: 10"',
    });
  }
  if (excludeEachOther(bounds, !NUMERIC.has(type))) {
    map.report('condition', {
      code: 'bad-condition',
      message: 'no number is within all bounds: the condition is never true',
    });
  }
  const fields = readFields(map, condition, type);
  const percentile = type === 'value_percentile' ? readPercentile(condition) : undefined;
  if (isOpenBelow(type) && bounds.length > 0 && bounds.every(isFulfilledByNothing)) {
    map.report('condition', {
      code: 'unsupported-correlation',
      message:
        'a stream can tell that something happened often, not that it did not: the condition needs a lower bound',
      hint: 'use "gt", "gte" or "eq"',
    });
  }
  return { fields, bounds, ...(percentile === undefined ? {} : { percentile }) };
}

/** Whether the number of this type starts at 0 and grows: such a condition needs a lower bound, because the first event fulfils an upper bound. */
function isOpenBelow(type: Type): boolean {
  return type === 'event_count' || type === 'value_count' || type === 'value_sum';
}

function readFields(map: MappingReader, condition: MappingReader, type: Type): readonly string[] {
  const fields = condition.strings('field');
  if (type === 'value_count') condition.require('field', 'the field whose distinct values are counted');
  else if (NUMERIC.has(type)) {
    condition.require('field', 'the field whose numbers are calculated with');
    if (fields.length > 1)
      condition.report('field', mustBe('out-of-range', [...condition.path, 'field'], 'one field'));
  } else if (fields.length > 0) {
    const message = `"field" belongs to the value_ types, not to ${type}`;
    map.report('condition', { code: 'bad-condition', message });
  }
  return fields;
}

function readPercentile(condition: MappingReader): number | undefined {
  const wanted = 'a number from 0 to 100';
  condition.require('percentile', wanted);
  const value = plain(condition.value('percentile'));
  const path = [...condition.path, 'percentile'];
  if (typeof value !== 'number') {
    if (value !== undefined && value !== null) condition.report('percentile', wrongType(path, value, wanted));
    return undefined;
  }
  if (value >= 0 && value <= 100) return value;
  condition.report('percentile', mustBe('out-of-range', path, wanted));
  return undefined;
}

function readBound(condition: MappingReader, op: CorrelationOp, type: Type): Bound | undefined {
  const path = [...condition.path, op];
  const value = plain(condition.value(op));
  if (NUMERIC.has(type)) {
    if (typeof value !== 'number') condition.report(op, wrongType(path, value, 'a number'));
    else if (!Number.isFinite(value)) condition.report(op, mustBe('out-of-range', path, 'a finite number'));
    else return { op, value };
    return undefined;
  }
  if (typeof value !== 'number') condition.report(op, wrongType(path, value, 'a whole number'));
  else if (!Number.isSafeInteger(value) || value < 0) {
    condition.report(op, mustBe('out-of-range', path, 'a whole number of 0 or more'));
  } else return { op, value };
  return undefined;
}

function isFulfilledByNothing({ op, value }: Bound): boolean {
  return op === 'lt' || op === 'lte' || op === 'neq' || (value === 0 && (op === 'gte' || op === 'eq'));
}

function readAliases(map: MappingReader): SigmaCorrelation['aliases'] {
  const aliases = map.mapping('aliases');
  if (!aliases) return {};
  return Object.fromEntries(
    aliases.keys().map((name) => {
      aliases.require(name, 'a mapping of rules to fields');
      const fields = aliases.mapping(name);
      const rules = fields?.keys() ?? [];
      return [name, Object.fromEntries(rules.map((rule) => [rule, fields?.string(rule) ?? '']))];
    }),
  );
}
