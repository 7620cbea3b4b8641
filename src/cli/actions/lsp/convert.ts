/** Puts what the rules' editor says into the words of the Language Server Protocol. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  MarkupKind,
  type Range,
  type TextEdit,
} from 'vscode-languageserver/node';
import type { Span } from '../../../diagnostics/diagnostic.ts';
import { packageFolder } from '../../../hosts/node/package-folder.ts';
import type { Completion } from '../../../rules/editor/completion.ts';
import type { PositionedText } from '../../../rules/editor/text-position.ts';
import type { Edit } from '../../../rules/lint/document.ts';
import type { FoundMistake } from './messages.ts';

/** The page with all codes, as it is installed beside the command; undefined if the command was copied without it. */
function errorsPage(): string | undefined {
  try {
    const file = join(packageFolder(), 'docs/errors.md');
    return existsSync(file) ? pathToFileURL(file).href : undefined;
  } catch {
    return undefined;
  }
}

const ERRORS_PAGE = errorsPage();

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
} as const;

/** @param text the document's; undefined for a file that is not open, whose lines are taken as they are counted. */
export function diagnosticOf(
  { severity, code, span, message, hint }: FoundMistake,
  text: PositionedText | undefined,
): Diagnostic {
  return {
    range: rangeOf(span, text),
    severity: SEVERITIES[severity],
    code,
    ...(ERRORS_PAGE !== undefined && { codeDescription: { href: `${ERRORS_PAGE}#${code}` } }),
    source: 'xdr-relay',
    message: hint === undefined ? message : `${message}\n${hint}`,
  };
}

export function rangeOf(span: Span, text: PositionedText | undefined): Range {
  if (text) return text.rangeOf(span);
  const [line, character] = [span.line - 1, span.column - 1];
  return { start: { line, character }, end: { line, character: character + span.length } };
}

const KINDS: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  column: CompletionItemKind.Field,
  field: CompletionItemKind.Property,
  key: CompletionItemKind.Keyword,
  modifier: CompletionItemKind.Operator,
  name: CompletionItemKind.Reference,
  value: CompletionItemKind.EnumMember,
};

export function completionItem(one: Completion, text: PositionedText): CompletionItem {
  const { label, kind, detail, about, insert, from, to, rank } = one;
  return {
    label,
    kind: KINDS[kind],
    ...(detail !== undefined && { detail }),
    ...(about !== undefined && { documentation: { kind: MarkupKind.Markdown, value: about } }),
    textEdit: { range: text.rangeBetween(from, to), newText: insert },
    filterText: label,
    sortText: String(rank).padStart(6, '0'),
  };
}

export function textEdits(edits: readonly Edit[], text: PositionedText): TextEdit[] {
  return edits.map(({ from, to, text: newText }) => ({ range: text.rangeBetween(from, to), newText }));
}
