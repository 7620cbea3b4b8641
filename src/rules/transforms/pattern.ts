/** Patterns for column names in steps. */
import type { Path } from '../../diagnostics/path.ts';
import { ColumnNames } from '../../shared/name-plans.ts';
import type { StepContext } from './step.ts';

/** Tells the columns that a list of names and patterns is about. */
export interface ColumnMatcher {
  fits(column: string): boolean;
  /** All of them, where there is no pattern. */
  readonly names: ColumnNames | undefined;
}

/**
 * Compiles column names, in which `*` stands for any characters, into one test of a name.
 *
 * A name or pattern that matches no known column is reported.
 */
export function columnMatcher(
  names: readonly { readonly name: string; readonly path: Path }[],
  context: StepContext,
): ColumnMatcher {
  const exact = new Set<string>();
  const patterns: ((column: string) => boolean)[] = [];
  for (const { name, path } of names) {
    if (!name.includes('*')) {
      context.need(name, path);
      exact.add(name);
      continue;
    }
    const fits = glob(name);
    if (context.columns.closed && !context.columns.names().some(fits)) {
      context.report({ code: 'unknown-column', path, message: `"${name}" fits no column` });
    }
    context.needAll(fits);
    patterns.push(fits);
  }
  if (patterns.length === 0) return { fits: (column) => exact.has(column), names: new ColumnNames(exact) };
  return { fits: (column) => exact.has(column) || patterns.some((fits) => fits(column)), names: undefined };
}

/** Compiles one pattern, such as `Initiating*Sha*`: a text matches if it contains the parts between the stars in order. */
export function glob(pattern: string): (text: string) => boolean {
  if (!pattern.includes('*')) return (text) => text === pattern;
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const at = text.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return from <= end;
  };
}
