/** Finds the detections of a document, and the fields in them with their modifiers and values. */
import { isMap, isScalar, isSeq, type Node, type Scalar, visit, type YAMLMap } from 'yaml';
import { keyText, nodeOr } from '../../diagnostics/yaml/places.ts';
import type { LintDocument } from './document.ts';

/** One line of a selection: `FileName|endswith: [a, b]`. */
export interface LintField {
  readonly key: Scalar;
  readonly field: string;
  readonly modifiers: readonly string[];
  readonly values: readonly LintValue[];
}

export interface LintValue {
  readonly node: Scalar;
  readonly raw: string;
  readonly isText: boolean;
}

/** The detections of a document: `detection` of a rule, `filter` of a filter, and each `detection` in other files. */
export function detectionsOf({ root, kind }: LintDocument): readonly YAMLMap[] {
  if (kind === 'correlation') return [];
  if (kind !== 'other') {
    const node = root.value(kind === 'rule' ? 'detection' : 'filter');
    return isMap(node) ? [node] : [];
  }
  const found: YAMLMap[] = [];
  visit(root.node, {
    Pair(_, { key, value }) {
      if ((keyText(key) === 'detection' || keyText(key) === 'if') && isMap(value)) found.push(value);
    },
  });
  return found;
}

/** The selections of a detection by their names, without the condition. */
export function partsOf(
  detection: YAMLMap,
): ReadonlyMap<string, { readonly key: Node; readonly value: Node }> {
  const pairs = detection.items.flatMap(({ key, value }) => {
    const [name, at, node] = [keyText(key), nodeOr(key), nodeOr(value)];
    const isOther = name === 'condition' || name === 'timeframe' || name === 'rules';
    return isOther || at === undefined || node === undefined
      ? []
      : [[name, { key: at, value: node }] as const];
  });
  return new Map(pairs);
}

/** The mappings of fields in a detection. All fields of one mapping must match. */
export function selectionsOf(detection: YAMLMap): readonly (readonly LintField[])[] {
  const found: (readonly LintField[])[] = [];
  const walk = (node: Node | undefined): void => {
    if (isSeq(node)) for (const item of node.items) walk(nodeOr(item));
    if (isMap(node))
      found.push(node.items.flatMap(({ key, value }) => (isScalar(key) ? fieldOf(key, nodeOr(value)) : [])));
  };
  for (const { value } of partsOf(detection).values()) walk(value);
  return found;
}

function fieldOf(key: Scalar, value: Node | undefined): LintField {
  const [field = '', ...modifiers] = keyText(key).split('|');
  const nodes = isSeq(value) ? value.items : [value];
  return {
    key,
    field,
    modifiers,
    values: nodes.flatMap((node) => (isScalar(node) ? [lintValue(node)] : [])),
  };
}

function lintValue(node: Scalar): LintValue {
  return { node, raw: String(node.value ?? ''), isText: typeof node.value === 'string' };
}
