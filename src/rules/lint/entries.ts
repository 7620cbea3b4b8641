/** Checks the lists of a rule: tags, references, false positives. */
import { isScalar, isSeq, type Node } from 'yaml';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { nodeOr } from '../../diagnostics/yaml/places.ts';
import { TACTICS, tacticOf, techniqueName } from '../../shared/attack.ts';
import { findingAt, type LintDocument, type LintFinding } from './document.ts';
import { removeLine, replaceScalar } from './edits.ts';

interface Entry {
  readonly node: Node;
  readonly text: string;
}

/** Checks the tags against ATT&CK's list, and the form of all of them. */
export function tagFindings(document: LintDocument): readonly LintFinding[] {
  const entries = entriesOf(document, 'tags');
  const found = repeated(document, 'tag', entries, ({ text }) => text.toLowerCase().replaceAll('_', '-'));
  if (document.kind !== 'filter' && !entries.some(({ text }) => /^attack\./i.test(text))) {
    const message = 'no tag says what of ATT&CK the rule detects';
    const hint = 'write tags such as attack.execution and attack.t1059.001';
    found.push(findingAt(document, document.root.key('tags'), { code: 'no-tags', message, hint }));
  }
  for (const { node, text } of entries) {
    const right = text.toLowerCase().replaceAll('_', '-');
    if (!/^[a-z0-9-]+\.[a-z0-9.-]+$/.test(right)) {
      const message = `"${text}" is not a tag`;
      const hint = 'write it like attack.t1059 or cve.2024-1234';
      found.push(findingAt(document, node, { code: 'bad-tag', message, hint }));
      continue;
    }
    if (text !== right) {
      const edit = replaceScalar(node, document.text, right);
      const message = `"${text}" is not in lower case with hyphens`;
      found.push(
        findingAt(document, node, {
          code: 'bad-tag',
          message,
          hint: `write ${right}`,
          ...(edit && { edits: [edit] }),
        }),
      );
    }
    const name = /^attack\.(.+)$/.exec(right)?.[1];
    if (name !== undefined) found.push(...attackFindings(document, node, name));
  }
  return found;
}

/** @param name a tag in lower case, without `attack.`. */
function attackFindings(document: LintDocument, node: Node, name: string): readonly LintFinding[] {
  // Groups, software, campaigns, mitigations and data sources have numbers that are not listed here.
  if (/^(?:[gscm]|ds)\d{4}$/.test(name) || tacticOf(name) !== undefined) return [];
  const isTechnique = /^t\d+(?:\.\d+)?$/.test(name);
  if (isTechnique && techniqueName(name) !== undefined) return [];
  const parent = /^(t\d{4})\./.exec(name)?.[1];
  const hint = isTechnique
    ? parent !== undefined && techniqueName(parent) !== undefined
      ? `${parent.toUpperCase()} is ${techniqueName(parent)}`
      : 'attack.mitre.org lists the techniques'
    : (didYouMean(name, Object.keys(TACTICS)) ?? `tactics: ${Object.keys(TACTICS).join(', ')}`);
  const message = `ATT&CK has no ${isTechnique ? `technique ${name.toUpperCase()}` : `tactic "${name}"`}`;
  return [findingAt(document, node, { code: 'unknown-attack-tag', message, hint })];
}

export function referenceFindings(document: LintDocument): readonly LintFinding[] {
  const entries = entriesOf(document, 'references');
  const found = repeated(document, 'reference', entries, ({ text }) => text);
  if (entries.length === 0 && document.kind === 'rule') {
    const message = 'the rule names no source';
    found.push(findingAt(document, document.root.key('references'), { code: 'no-references', message }));
  }
  for (const { node, text } of entries) {
    if (/^https?:\/\/[^\s/]+\.[^\s]+$/.test(text)) continue;
    const message = 'the reference is not a link';
    const hint = 'write the whole address, or move the text to the description';
    found.push(findingAt(document, node, { code: 'reference-form', message, hint }));
  }
  return found;
}

const NONE = /^(?:none|no|n\/?a|nothing|-)\.?$/i;

export function falsePositiveFindings(document: LintDocument): readonly LintFinding[] {
  const entries = entriesOf(document, 'falsepositives');
  const found = repeated(document, 'false positive', entries, ({ text }) => text.toLowerCase());
  if (entries.length === 0 && document.kind === 'rule') {
    const message = 'the rule names no false positives';
    const hint = 'write "Unlikely" or "Unknown" where that is the answer';
    found.push(
      findingAt(document, document.root.key('falsepositives'), { code: 'no-false-positives', message, hint }),
    );
  }
  for (const { node, text } of entries) {
    const isNone = NONE.test(text.trim());
    if (!isNone && !/^[a-z]+\b(?![.\\/_])/.test(text)) continue;
    const message = isNone ? 'no rule is without false positives' : 'a false positive begins in lower case';
    const hint = isNone ? 'write "Unlikely" or "Unknown"' : 'begin with a capital letter';
    found.push(findingAt(document, node, { code: 'false-positive-form', message, hint }));
  }
  return found;
}

/** The entries of a list that are there twice. */
function repeated(
  document: LintDocument,
  what: string,
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
): LintFinding[] {
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    const key = keyOf(entry);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const edit = removeLine(entry.node, document.text);
    const message = `the ${what} is there twice`;
    return [
      findingAt(document, entry.node, { code: 'repeated-entry', message, ...(edit && { edits: [edit] }) }),
    ];
  });
}

function entriesOf({ root }: LintDocument, key: string): readonly Entry[] {
  const node = root.value(key);
  const nodes = isSeq(node)
    ? node.items.flatMap((item) => nodeOr(item) ?? [])
    : node === undefined
      ? []
      : [node];
  return nodes.flatMap((one) =>
    isScalar(one) && one.value !== null ? [{ node: one, text: String(one.value) }] : [],
  );
}
