/** Compiles what a rule's own detection asks of a table, apart from what its log source and others add to it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { compileExpression } from './language/detection.ts';
import { constantOf, lossesOf } from './language/unavailable.ts';
import type { CompileContext, OwnConditions, SigmaRule, TableMapping } from './types.ts';

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
