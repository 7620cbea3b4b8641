/** Compares detections by what they say: the names of parts, the order of lists and letter case do not count. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { keyText, nodeOr } from '../../diagnostics/yaml/places.ts';
import { type Condition, isConditionError, parseCondition } from '../sigma/index.ts';
import { partsOf } from './fields.ts';

/** A condition whose parts are replaced by what they say. */
export type Logic =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Logic[] }
  | { readonly kind: 'not'; readonly item: Logic }
  | { readonly kind: 'part'; readonly name: string; readonly says: string };

/** The logic of a detection; undefined if its condition cannot be read. */
export function logicOf(detection: YAMLMap): Logic | undefined {
  const node = nodeOr(detection.get('condition', true));
  const nodes = isSeq(node) ? node.items : [node];
  const parts = new Map([...partsOf(detection)].map(([name, { value }]) => [name, saysOf(value, false)]));
  const items = nodes.map((one) => {
    if (!isScalar(one) || typeof one.value !== 'string') return undefined;
    const condition = parseCondition(one.value);
    return isConditionError(condition) ? undefined : resolved(condition, parts);
  });
  const found = items.filter((item) => item !== undefined);
  const [first] = found;
  if (!first || found.length < items.length) return undefined;
  return found.length === 1 ? first : { kind: 'or', items: found };
}

function resolved(condition: Condition, parts: ReadonlyMap<string, string>): Logic | undefined {
  switch (condition.kind) {
    case 'identifier': {
      const says = parts.get(condition.name);
      return says === undefined ? undefined : { kind: 'part', name: condition.name, says };
    }
    case 'not': {
      const item = resolved(condition.item, parts);
      return item && { kind: 'not', item };
    }
    case 'of': {
      const items = selected(condition.pattern, parts);
      return items.length === 0 ? undefined : { kind: condition.quantifier === 'one' ? 'or' : 'and', items };
    }
    case 'and':
    case 'or': {
      const items = condition.items.map((item) => resolved(item, parts)).filter((item) => item !== undefined);
      return items.length < condition.items.length ? undefined : { kind: condition.kind, items };
    }
  }
}

function selected(pattern: string, parts: ReadonlyMap<string, string>): readonly Logic[] {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[^A-Za-z0-9_]/g, '\\$&'));
  const test = pattern.toLowerCase() === 'them' ? /^(?!_)/ : new RegExp(`^${pieces.join('.*')}$`);
  return [...parts].flatMap(([name, says]) =>
    test.test(name) ? [{ kind: 'part', name, says } as const] : [],
  );
}

/** A text that is equal for logics that say the same. */
export function signatureOf(logic: Logic): string {
  if (logic.kind === 'part') return logic.says;
  if (logic.kind === 'not') return `not(${signatureOf(logic.item)})`;
  const items = logic.items.flatMap((item) => (item.kind === logic.kind ? item.items : [item]));
  const texts = [...new Set(items.map(signatureOf))].sort();
  return texts.length === 1 ? (texts[0] ?? '') : `${logic.kind}(${texts.join(',')})`;
}

/** Modifiers with which letter case counts. */
const EXACT = /\|(?:re|cased|base64|base64offset|utf16\w*|wide)\b/;

/** What a part says, as a text that is equal for equal parts. */
function saysOf(node: Node | undefined, isExact: boolean): string {
  if (isMap(node)) {
    const fields = node.items.map(({ key, value }) => {
      const name = keyText(key);
      return `${name}=${saysOf(nodeOr(value), EXACT.test(name))}`;
    });
    return fields.length === 1 ? (fields[0] ?? '') : `and(${fields.sort().join(',')})`;
  }
  if (isSeq(node)) {
    const items = [...new Set(node.items.map((item) => saysOf(nodeOr(item), isExact)))].sort();
    return items.length === 1 ? (items[0] ?? '') : `or(${items.join(',')})`;
  }
  if (!isScalar(node)) return 'null';
  const { value } = node;
  return JSON.stringify(typeof value === 'string' && !isExact ? value.toLowerCase() : value) ?? 'null';
}
