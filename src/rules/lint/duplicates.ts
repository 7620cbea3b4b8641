/** Finds rules that say the same as another one. */
import { isMap } from 'yaml';
import { findingAt, type LintDocument, type LintFinding } from './document.ts';
import { logicOf, signatureOf } from './logic.ts';

/** Rules with the logic of an earlier one. Rules of others count as earlier than one's own. */
export function duplicateFindings(documents: readonly LintDocument[]): readonly LintFinding[] {
  const rules = documents.filter(({ kind }) => kind === 'rule');
  const first = new Map<string, LintDocument>();
  return [
    ...rules.filter(({ isForeign }) => isForeign),
    ...rules.filter(({ isForeign }) => !isForeign),
  ].flatMap((document) => {
    const signature = ruleSignature(document);
    if (signature === undefined) return [];
    const other = first.get(signature);
    if (!other) {
      first.set(signature, document);
      return [];
    }
    const title = other.root.string('title') ?? '';
    const message = `the detection is that of "${title}" (${other.file})`;
    return [findingAt(document, document.root.value('title'), { code: 'duplicate-logic', message })];
  });
}

function ruleSignature({ root }: LintDocument): string | undefined {
  const [detection, source] = [root.value('detection'), root.mapping('logsource')];
  const logic = isMap(detection) ? logicOf(detection) : undefined;
  if (!logic || !source) return undefined;
  const names = ['product', 'category', 'service'].map((key) => source.string(key)?.toLowerCase() ?? '');
  return `${names.join('/')} ${signatureOf(logic)}`;
}
