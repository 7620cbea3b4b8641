/** Reads the values of a field from the YAML file. */
import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Mistake } from '../../../diagnostics/diagnostic.ts';
import { ValueError } from './values.ts';

export const UNSUPPORTED_ALIAS: Mistake = {
  code: 'unsupported-alias',
  message: 'aliases (*name) are not supported in Sigma',
  hint: 'write the value out',
};

/** A value as the rule gives it; numbers keep the digits that the file has. */
export interface Given {
  readonly node: Node;
  readonly raw: string;
  readonly value: string | number | boolean | null;
}

/** An invalid value, with its place in the file. */
export class GivenError extends ValueError {
  readonly node: Node;

  constructor(node: Node, mistake: Mistake) {
    super(mistake.code, mistake.message, mistake.hint);
    this.node = node;
  }
}

/** Reads one value or a list. Throws GivenError for an invalid value. @param key whose place is used for a value that is left empty. */
export function readValues(node: Node | null, key: Node): readonly Given[] {
  if (!isSeq(node)) return [readValue(node, key)];
  if (node.items.length === 0) {
    const message = 'the list of values is empty: it would never match';
    throw new GivenError(node, { code: 'empty-list', message });
  }
  return node.items.map((item) => readValue(item as Node | null, key));
}

function readValue(node: Node | null, key: Node): Given {
  if (node === null) return { node: key, raw: '', value: null };
  if (isAlias(node)) {
    throw new GivenError(node, UNSUPPORTED_ALIAS);
  }
  if (!isScalar(node)) {
    const kind = isMap(node) ? 'a mapping' : 'a list in a list';
    throw new GivenError(node, { code: 'bad-value', message: `${kind} can't be the value of a field` });
  }
  const value: unknown = node.value;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return { node, raw: String(value ?? ''), value };
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    const whole = /^(-?)0*(\d+)$/.exec(node.source ?? '');
    return { node, raw: whole ? `${whole[1]}${whole[2]}` : String(value), value: Number(value) };
  }
  const message = 'a value is a string, a number, true, false or null';
  throw new GivenError(node, { code: 'bad-value', message });
}
