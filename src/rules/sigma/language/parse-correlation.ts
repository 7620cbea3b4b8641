import { isMap, isScalar, type YAMLMap } from 'yaml';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import type { CorrelationCondition, CorrelationOp, SigmaCorrelation, SigmaHeader } from '../types.ts';
import type { Reader } from './reader.ts';
import { spanOf } from './spans.ts';

const TYPES = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;
const OPS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const KEYS = ['type', 'rules', 'aliases', 'group-by', 'timespan', 'condition', 'generate'];
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A window is kept in memory and in a checkpoint: longer ones belong in a SIEM. */
const TIMESPAN_LIMIT = 7 * 86_400_000;

/** Reads a `correlation:` document (Sigma correlation rules specification 2.1). */
export function readCorrelation(
  root: YAMLMap,
  header: SigmaHeader,
  reader: Reader,
): SigmaCorrelation | undefined {
  const map = reader.map(root, 'correlation');
  if (!map) return undefined;
  for (const { key } of map.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (KEYS.includes(name)) continue;
    reader.error(
      'unknown-key',
      isScalar(key) ? key : map,
      `A correlation has no "${name}".`,
      didYouMean(name, KEYS),
    );
  }
  const type = readType(map, reader);
  const rules = reader.texts(map, 'rules');
  if (rules.length === 0) {
    reader.error(
      'missing-rules',
      reader.value(map, 'rules') ?? reader.key(root, 'correlation'),
      'The correlation names no rules.',
    );
  }
  const timespan = readTimespan(map, root, reader);
  const condition = type && readCondition(map, type, rules.length, reader);
  const generate = reader.text(map, 'generate') ?? reader.text(root, 'generate');
  if (!type || timespan === undefined || !condition) return undefined;
  return {
    kind: 'correlation',
    ...header,
    type,
    rules,
    rulesSpan: spanOf(reader.value(map, 'rules'), reader.lines),
    groupBy: reader.texts(map, 'group-by'),
    timespan,
    aliases: readAliases(map, reader),
    condition,
    generate: generate === 'true',
  };
}

function readType(map: YAMLMap, reader: Reader): (typeof TYPES)[number] | undefined {
  const text = reader.text(map, 'type');
  const type = TYPES.find((known) => known === text);
  if (!type) {
    const node = reader.value(map, 'type') ?? map;
    const message =
      text === undefined
        ? 'The correlation has no type.'
        : `Correlations of type "${text}" are not supported.`;
    reader.error('unsupported-correlation', node, message, `one of: ${TYPES.join(', ')}`);
  }
  return type;
}

function readTimespan(map: YAMLMap, root: YAMLMap, reader: Reader): number | undefined {
  const text = reader.text(map, 'timespan');
  const match = /^(\d{1,9})([smhd])$/.exec(text ?? '');
  const timespan = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0) : 0;
  if (timespan > 0 && timespan <= TIMESPAN_LIMIT) return timespan;
  const node = reader.value(map, 'timespan') ?? reader.key(root, 'correlation');
  const message = text === undefined ? 'The correlation has no timespan.' : `"${text}" is not a timespan.`;
  reader.error('bad-timespan', node, message, 'a number and s, m, h or d, such as "90m"; up to 7d');
  return undefined;
}

function readCondition(
  map: YAMLMap,
  type: (typeof TYPES)[number],
  rules: number,
  reader: Reader,
): CorrelationCondition | undefined {
  const node = reader.value(map, 'condition');
  const temporal = type === 'temporal' || type === 'temporal_ordered';
  // All of the rules, unless the condition says otherwise.
  if (!node && temporal) return { fields: [], bounds: [{ op: 'gte', value: rules }] };
  if (!isMap(node)) {
    const message = node
      ? 'Only bounds are supported as the condition of a correlation.'
      : `A correlation of type ${type} needs a condition.`;
    reader.error('bad-condition', node ?? map, message, 'such as "condition: { gte: 10 }"');
    return undefined;
  }
  const bounds: { op: CorrelationOp; value: number }[] = [];
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (name === 'field') continue;
    const op = OPS.find((known) => known === name);
    const number = isScalar(value) ? value.value : undefined;
    if (!op) {
      const hint = `one of: ${OPS.join(', ')}, field`;
      reader.error('bad-condition', isScalar(key) ? key : node, `"${name}" is not a bound.`, hint);
    } else if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      reader.error('bad-condition', isScalar(value) ? value : node, `"${name}" takes a whole number.`);
    } else bounds.push({ op, value: number });
  }
  if (bounds.length === 0 && !reader.failed) {
    reader.error('bad-condition', node, 'The condition has no bound.', 'such as "gte: 10"');
  }
  const fields = reader.texts(node, 'field');
  if ((type === 'value_count') !== fields.length > 0) {
    const message =
      type === 'value_count'
        ? 'A value_count needs a "field" in its condition.'
        : `"field" belongs to value_count, not to ${type}.`;
    reader.error('bad-condition', node, message);
  }
  if (
    temporal === false &&
    bounds.length > 0 &&
    bounds.every(
      ({ op, value }) =>
        op === 'lt' ||
        op === 'lte' ||
        (op === 'gte' && value === 0) ||
        (op === 'eq' && value === 0) ||
        op === 'neq',
    )
  ) {
    const message =
      'A stream can tell that something happened often, not that it did not: the condition needs a lower bound.';
    reader.error('unsupported-correlation', node, message, 'use "gt", "gte" or "eq"');
  }
  return { fields, bounds };
}

function readAliases(map: YAMLMap, reader: Reader): SigmaCorrelation['aliases'] {
  const aliases = new Map<string, Readonly<Record<string, string>>>();
  const node = reader.map(map, 'aliases');
  for (const { key, value } of node?.items ?? []) {
    if (!isScalar(key) || !isMap(value)) {
      reader.error('wrong-type', isScalar(key) ? key : node, 'An alias is a mapping of rules to fields.');
      continue;
    }
    const fields = value.items.map((pair): [string, string] => {
      const rule = isScalar(pair.key) ? String(pair.key.value) : '';
      return [rule, reader.text(value, rule) ?? ''];
    });
    aliases.set(String(key.value), Object.fromEntries(fields));
  }
  return Object.fromEntries(aliases);
}
