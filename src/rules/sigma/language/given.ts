import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { ValueError } from './values.ts';

/** A value as the rule gives it: numbers keep the digits they are written with. */
export interface Given {
  readonly node: Node;
  readonly raw: string;
  readonly value: string | number | boolean | null;
}

/** A value that can't be one, and where it stands. */
export class GivenError extends ValueError {
  readonly node: Node;

  constructor(code: string, node: Node, message: string, hint?: string) {
    super(code, message, hint);
    this.node = node;
  }
}

/** The values of a field: one, or a list. `key` stands in for a value that is not written. Throws GivenError. */
export function readValues(node: Node | null, key: Node): readonly Given[] {
  if (!isSeq(node)) return [readValue(node, key)];
  if (node.items.length === 0) {
    throw new GivenError('empty-list', node, 'The list of values is empty: it would never match.');
  }
  return node.items.map((item) => readValue(item as Node | null, key));
}

function readValue(node: Node | null, key: Node): Given {
  if (node === null) return { node: key, raw: '', value: null };
  if (isAlias(node)) {
    throw new GivenError(
      'unsupported-alias',
      node,
      'YAML aliases are not supported here.',
      'write the value out',
    );
  }
  if (!isScalar(node)) {
    const kind = isMap(node) ? 'A mapping' : 'A list in a list';
    throw new GivenError('bad-value', node, `${kind} can't be the value of a field.`);
  }
  const value: unknown = node.value;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return { node, raw: String(value ?? ''), value };
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    const whole = /^(-?)0*(\d+)$/.exec(node.source ?? '');
    return { node, raw: whole ? `${whole[1]}${whole[2]}` : String(value), value: Number(value) };
  }
  throw new GivenError('bad-value', node, 'Values are texts, numbers, true, false or null.');
}
