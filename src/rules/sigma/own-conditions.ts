/** Compiles what a rule's own detection asks of a table, apart from what its log source and others add to it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { compileExpression } from './language/detection.ts';
import type { Expression } from './language/expression.ts';
import type { FieldSources } from './language/sources.ts';
import { constantOf, type Loss, lossesOf } from './language/unavailable.ts';
import type { CompileContext, SigmaRule, TableMapping } from './types.ts';

/** What a rule's detection comes to on one of the tables of its log source. */
export interface OwnConditions {
  /** Its mistakes. */
  readonly found: readonly Diagnostic[];
  readonly losses: readonly Loss[];
  /** Whether the detection has no error, and is neither true nor false of every row. */
  readonly runs: boolean;
  /** Whether it depends on nothing but the rule's file, the schema and the mappings: neither on variables nor on lists. */
  readonly isOwn: boolean;
  readonly table: TableMapping;
  /** Undefined if the detection has an error. */
  expression(): Expression | undefined;
}

/** What an earlier compilation made of a rule's detection. */
export interface KeptConditions {
  /**
   * What was kept for a table. What was not kept, or cannot be read, is compiled.
   * @param at the position of the table among those of the rule's log source.
   */
  on(
    at: number,
    on: { readonly table: TableMapping; readonly sources: FieldSources },
    compile: () => OwnConditions,
  ): OwnConditions;
}

/** Compiles a rule's detection for a table. */
export function ownConditions(
  rule: SigmaRule,
  table: TableMapping,
  given: Omit<CompileContext, 'file' | 'lines' | 'at' | 'report'>,
): OwnConditions {
  const { node, lines } = rule.written();
  const found: Diagnostic[] = [];
  let isOwn = true;
  const expression = compileExpression(node, {
    ...given,
    file: rule.file,
    lines,
    at: ['detection'],
    get variables() {
      isOwn = false;
      return given.variables;
    },
    get lists() {
      isOwn = false;
      return given.lists;
    },
    report: (diagnostic) => found.push(diagnostic),
  });
  return {
    found,
    losses: expression ? lossesOf(expression) : [],
    runs: expression !== undefined && constantOf(expression) === undefined,
    isOwn,
    table,
    expression: () => expression,
  };
}
