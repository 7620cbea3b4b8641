/** The step `parse_json`: parses strings that hold JSON. */
import { parseExact } from '../../shared/exact-numbers.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Work } from '../work.ts';
import { columnList, defineStep, needColumns } from './step.ts';

/** Values nested more deeply stay strings: writing them as JSON again would overflow the stack. */
const MAX_DEPTH = 64;

/** `parse_json: AdditionalFields`: parses a string that holds a JSON object or list; other values stay unchanged. */
export const parseJson = defineStep(
  'parse_json',
  columnList.describe(
    'Parses strings that hold a JSON object or list; numbers keep all their digits. Other values stay unchanged.',
  ),
  (list, context) => {
    const columns = needColumns(list, context, [], { types: ['string', 'dynamic'] });
    for (const name of columns) context.columns.add(name, 'dynamic');
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        const parsed = typeof value === 'string' ? parseCollection(value, draft.work) : undefined;
        if (parsed !== undefined) draft.set(name, parsed);
      }
    };
  },
  {
    value: 'AdditionalFields',
    row: { AdditionalFields: '{"Desktop":"winsta0","Id":7}' },
    result: { AdditionalFields: { Desktop: 'winsta0', Id: 7 } },
  },
);

/** The cost of parsing per UTF-16 unit of JSON, in nanoseconds, measured on many small objects. */
const PARSE_COST = 30;

function parseCollection(text: string, work: Work): JsonValue | undefined {
  const first = /\S/.exec(text)?.[0].charCodeAt(0);
  if (first !== 0x7b && first !== 0x5b) return undefined;
  if (!work.take('steps', PARSE_COST * text.length)) {
    work.cut();
    return undefined;
  }
  if (deeperThan(text, MAX_DEPTH)) return undefined;
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

/** Whether JSON is nested more deeply than `limit`. Brackets inside strings are ignored. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x5c && quoted) i += 1;
    else if (char === 0x22) quoted = !quoted;
    else if (quoted) continue;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}
