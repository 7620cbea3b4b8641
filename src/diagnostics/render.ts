/** Writes diagnostics as text, as JSON, or for GitHub. */
import picocolors from 'picocolors';
import { plural } from '../shared/readable.ts';
import type { Diagnostic } from './diagnostic.ts';
import { divide, summary } from './summary.ts';

export interface RenderOptions {
  /** ANSI colours. Default: none. */
  readonly color?: boolean;
  /** Text only: more errors or warnings than a person reads are counted by kind, and this command is named, which shows each. */
  readonly briefUnless?: string;
}

export type DiagnosticFormat = 'text' | 'json' | 'github';

/** Widest piece of a source line that is shown, in UTF-16 units. */
const WIDTH = 120;

/**
 * One finding for a person: `file:line:column`, the source line, a caret under the token, the hint.
 *
 * `sourceText` is the file's whole text; undefined, or a line that it does not have, leaves the excerpt out.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sourceText: string | undefined,
  options: RenderOptions = {},
): string {
  const paint = picocolors.createColors(options.color ?? false);
  const { file, span, severity } = diagnostic;
  const tone = severity === 'error' ? paint.red : paint.yellow;
  const place = `${visible(file)}:${span.line}:${span.column}`;
  const head = `${paint.bold(place)}: ${tone(severity)}: ${visible(diagnostic.message)} ${paint.dim(`[${diagnostic.code}]`)}`;
  const lines = [head];
  const excerpt = excerptOf(diagnostic, sourceText);
  if (excerpt) {
    const number = String(span.line);
    const gutter = ' '.repeat(number.length);
    lines.push(`  ${paint.dim(`${number} |`)} ${excerpt.line}`);
    lines.push(`  ${paint.dim(`${gutter} |`)} ${excerpt.pad}${tone(excerpt.carets)}`);
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${paint.cyan('hint:')} ${visible(diagnostic.hint)}`);
  return lines.join('\n');
}

/**
 * A list of findings, by file and place.
 *
 * `sources` holds each file's text under the name the diagnostics use. `text` ends with the counts, `json` is an array of
 * {@link Diagnostic}, `github` is one workflow command a line (GitHub Actions, "Workflow commands", `::error`). An
 * empty list renders as an empty string, `[]` as JSON.
 */
export function renderDiagnostics(
  list: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  format: DiagnosticFormat = 'text',
  options: RenderOptions = {},
): string {
  const sorted = [...list].sort(byPlace);
  if (format === 'json') return JSON.stringify(sorted, undefined, 2);
  if (format === 'github') return sorted.map(workflowCommand).join('\n');
  if (sorted.length === 0) return '';
  const { briefUnless: command } = options;
  const { each, counted } = command === undefined ? { each: sorted, counted: [] } : divide(sorted);
  const blocks = each.map((one) => renderDiagnostic(one, sources.get(one.file), options));
  if (counted.length > 0) blocks.push(summary(counted, options));
  const more = counted.length > 0 ? `; "${command}" shows each` : '';
  return `${blocks.join('\n\n')}\n\n${countDiagnostics(sorted)}${more}`;
}

/** `2 errors, 1 warning`; `no problems` for an empty list. */
export function countDiagnostics(list: readonly Diagnostic[]): string {
  const errors = list.filter(({ severity }) => severity === 'error').length;
  const warnings = list.length - errors;
  const parts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'no problems';
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.span.line - b.span.line || a.span.column - b.span.column;
}

interface Excerpt {
  readonly line: string;
  readonly pad: string;
  readonly carets: string;
}

function excerptOf({ span }: Diagnostic, sourceText: string | undefined): Excerpt | undefined {
  const whole = sourceText?.split(/\r\n|\n|\r/, span.line)[span.line - 1];
  if (whole === undefined || whole.trim() === '') return undefined;
  const start = Math.min(Math.max(span.column - 1, 0), whole.length);
  const from = whole.length <= WIDTH ? 0 : Math.max(0, Math.min(start - 40, whole.length - WIDTH));
  const left = from > 0 ? '…' : '';
  const right = from + WIDTH < whole.length ? '…' : '';
  const line = left + visible(whole.slice(from, from + WIDTH)) + right;
  // A tab under a tab keeps the caret in its column whatever the terminal's tab width.
  const pad = left.replace(/./, ' ') + whole.slice(from, start).replace(/[^\t]/g, ' ');
  const room = Math.min(whole.length, from + WIDTH) - start;
  return { line, pad, carets: '^'.repeat(Math.max(1, Math.min(span.length, room))) };
}

/** Control characters of a file must not reach the terminal. Each becomes one character, so that columns stay. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it takes out
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function workflowCommand({ severity, file, span, code, message, hint }: Diagnostic): string {
  const end = span.length > 0 ? `,endColumn=${span.column + span.length}` : '';
  const place = `file=${property(file)},line=${span.line},col=${span.column}${end}`;
  const text = hint === undefined ? message : `${message}\nhint: ${hint}`;
  return `::${severity} ${place},title=${property(code)}::${data(text)}`;
}

/** Escapes what ends a command. Other control characters would reach the log of the job, and the terminal of those who read it there. */
function data(text: string): string {
  return text.replaceAll('%', '%25').split('\n').map(visible).join('%0A');
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
