/** A `detection:` alone, checked and runnable: what filters and routes of table files have. */
import type { Node } from 'yaml';
import { compileExpression } from './language/detection.ts';
import { buildDetection } from './match/evaluate.ts';
import type { CompileContext, CompiledDetection } from './types.ts';

/** Checks and compiles the node of a `detection:`. Undefined when an error was reported; all mistakes are reported in one go. */
export function compileDetection(node: Node, context: CompileContext): CompiledDetection | undefined {
  const expression = compileExpression(node, context);
  return expression && buildDetection(expression);
}
