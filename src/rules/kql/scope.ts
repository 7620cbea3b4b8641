/** The context in which conditions of one table become KQL: its columns, the columns that the query adds, and what is to be said. */
import type { DiagnosticCode } from '../../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, type Span } from '../../diagnostics/diagnostic.ts';
import type { KustoType, TableSchema } from '../schema/index.ts';
import { columnName } from './literals.ts';

/** Why a query cannot find, or does not exactly find, what a rule finds. */
export type KqlCode = Extract<DiagnosticCode, `kql-${string}`>;

/** Thrown where no query does what a part of a rule does. The message has no place: the caller knows it. */
export class Unconvertible extends Error {}

/** A column that the query adds. */
export interface AddedColumn {
  readonly name: string;
  readonly expression: string;
}

export class KqlScope {
  readonly schema: TableSchema;
  readonly #report: (diagnostic: Diagnostic) => void;
  readonly #added = new Map<string, AddedColumn>();
  readonly #names = new Set<string>();
  readonly #told = new Set<string>();
  #isSilent = false;
  #file = '';
  #span: Span = { line: 1, column: 1, length: 0 };

  constructor(schema: TableSchema, report: (diagnostic: Diagnostic) => void) {
    this.schema = schema;
    this.#report = report;
  }

  /** The columns that the query adds, each after those that it is made from. */
  get added(): readonly AddedColumn[] {
    return [...this.#added.values()];
  }

  /**
   * Says which place of which file the notes that follow are about.
   * @param isSilent whether nothing is to be said of it: of the log source, which no line of the rule asks for.
   */
  at(file: string, span: Span, isSilent = false): void {
    this.#file = file;
    this.#span = span;
    this.#isSilent = isSilent;
  }

  typeOf(column: string): KustoType | undefined {
    return this.schema.columns.get(column);
  }

  /** Adds a column to the query, once for equal expressions. Returns its name as KQL. */
  add(base: string, expression: string): string {
    const known = this.#added.get(expression);
    if (known) return known.name;
    const plain = base.replace(/[^A-Za-z0-9_]+/g, '_').slice(0, 64);
    let name = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
    for (let again = 2; this.#isTaken(name); again++) name = `${plain}_${again}`;
    this.#names.add(name.toLowerCase());
    const written = columnName(name);
    this.#added.set(expression, { name: written, expression });
    return written;
  }

  #isTaken(name: string): boolean {
    if (this.#names.has(name.toLowerCase())) return true;
    for (const column of this.schema.columns.keys()) {
      if (column.toLowerCase() === name.toLowerCase()) return true;
    }
    return false;
  }

  /** Says that the query may find something else than the rule. Said once, of the first place. */
  note(code: KqlCode, message: string, hint?: string): void {
    const key = `${code} ${message}`;
    if (this.#isSilent || this.#told.has(key)) return;
    this.#told.add(key);
    this.#report(diagnostic(this.#file, this.#span, { code, message, hint }, 'warning'));
  }

  /** Says that no query does what this part of the rule does. */
  refuse(message: string): void {
    const hint = 'try the rule on rows of yours with "rules run" instead';
    this.#report(diagnostic(this.#file, this.#span, { code: 'kql-unsupported', message, hint }));
  }
}
