/** The quick fixes at a place of a document. */
import { type CodeAction, CodeActionKind, type Range, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { DiagnosticCode } from '../../../diagnostics/codes.ts';
import { fixesFor } from '../../../rules/editor/fixes.ts';
import { lintFixed, lintFixes } from '../../../rules/editor/lint-fixes.ts';
import type { PositionedText } from '../../../rules/editor/text-position.ts';
import type { Edit } from '../../../rules/lint/document.ts';
import { diagnosticOf, rangeOf, textEdits } from './convert.ts';
import type { FoundMistake } from './messages.ts';
import type { Known } from './projects.ts';

export interface ActionsWanted {
  readonly known: Known;
  readonly text: PositionedText;
  /** Those of the document. */
  readonly mistakes: readonly FoundMistake[];
  readonly document: { readonly uri: string; readonly version: number };
  /** Whether the editor refuses changes of another version of the document than this. */
  readonly isVersioned: boolean;
  readonly range: Range;
  /** The kinds that the editor asks for; undefined for all. */
  readonly only: readonly CodeActionKind[] | undefined;
}

export function actionsFor(wanted: ActionsWanted): CodeAction[] {
  const { known, text, mistakes, document, range } = wanted;
  const edit = (edits: readonly Edit[]): WorkspaceEdit =>
    wanted.isVersioned
      ? { documentChanges: [{ textDocument: document, edits: textEdits(edits, text) }] }
      : { changes: { [document.uri]: textEdits(edits, text) } };
  const actions: CodeAction[] = [];
  const { isLoose } = known.project;
  if (isWanted(CodeActionKind.QuickFix, wanted)) {
    for (const mistake of mistakes) {
      if (!touches(rangeOf(mistake.span, text), range)) continue;
      for (const { title, edits, isPreferred } of fixesFor(
        { ...mistake, code: mistake.code as DiagnosticCode },
        text.text,
      )) {
        const diagnostics = [diagnosticOf(mistake, text)];
        actions.push({ title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred, edit: edit(edits) });
      }
    }
    for (const { span, title, edits } of lintFixes(known.file, isLoose)) {
      if (!touches(rangeOf(span, text), range)) continue;
      actions.push({ title: `Lint: ${title}`, kind: CodeActionKind.QuickFix, edit: edit(edits) });
    }
  }
  if (isWanted(CodeActionKind.SourceFixAll, wanted)) {
    const fixed = lintFixed(known.file, isLoose);
    if (fixed !== undefined) {
      const edits = [{ from: 0, to: text.text.length, text: fixed }];
      actions.push({
        title: 'Fix what rules lint can fix',
        kind: CodeActionKind.SourceFixAll,
        edit: edit(edits),
      });
    }
  }
  return actions;
}

/** An editor that asks for `source` gets `source.fixAll` too. */
function isWanted(kind: CodeActionKind, { only }: ActionsWanted): boolean {
  return only === undefined || only.some((one) => kind === one || kind.startsWith(`${one}.`));
}

function touches(one: Range, other: Range): boolean {
  const isBefore = (a: Range['start'], b: Range['start']) =>
    a.line < b.line || (a.line === b.line && a.character < b.character);
  return !isBefore(one.end, other.start) && !isBefore(other.end, one.start);
}
