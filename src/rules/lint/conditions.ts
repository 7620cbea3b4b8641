/** Checks conditions with a table of truth: those that are always true or false, and parts that they name in vain. */
import type { YAMLMap } from 'yaml';
import { nodeOr } from '../../diagnostics/yaml/places.ts';
import { findingAt, type LintDocument, type LintFinding } from './document.ts';
import { partsOf } from './fields.ts';
import { type Logic, logicOf } from './logic.ts';

/** Conditions on more parts are not checked: the table doubles with each. */
const MOST_PARTS = 12;

export function conditionFindings(document: LintDocument, detection: YAMLMap): readonly LintFinding[] {
  const logic = logicOf(detection);
  if (!logic) return [];
  const names = new Map<string, string>();
  collect(logic, names);
  const parts = [...names.keys()];
  if (parts.length > MOST_PARTS) return [];
  const results = truthTable(logic, parts);
  const node = nodeOr(detection.get('condition', true));
  const [first] = results;
  if (results.every((result) => result === first)) {
    const message = `the condition is ${first ? 'true' : 'false'} whatever its parts are`;
    return [findingAt(document, node, { code: 'constant-condition', message })];
  }
  return parts.flatMap((says, bit) => {
    const matters = results.some((result, row) => result !== results[row ^ (1 << bit)]);
    if (matters) return [];
    const name = names.get(says) ?? '';
    const message = `the condition does not depend on the part "${name}" that it names`;
    return [findingAt(document, partsOf(detection).get(name)?.key, { code: 'useless-part', message })];
  });
}

/** @param names what each part says -> its name. Parts that say the same are one. */
function collect(logic: Logic, names: Map<string, string>): void {
  if (logic.kind === 'part') {
    if (!names.has(logic.says)) names.set(logic.says, logic.name);
  } else if (logic.kind === 'not') collect(logic.item, names);
  else for (const item of logic.items) collect(item, names);
}

/** The results by row; the bits of a row's number are the values of the parts. */
function truthTable(logic: Logic, parts: readonly string[]): readonly boolean[] {
  const bits = new Map(parts.map((says, bit) => [says, 1 << bit]));
  const holds = (one: Logic, row: number): boolean => {
    if (one.kind === 'part') return (row & (bits.get(one.says) ?? 0)) !== 0;
    if (one.kind === 'not') return !holds(one.item, row);
    return one.kind === 'and'
      ? one.items.every((item) => holds(item, row))
      : one.items.some((item) => holds(item, row));
  };
  return Array.from({ length: 1 << parts.length }, (_, row) => holds(logic, row));
}
