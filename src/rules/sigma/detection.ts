/** Compiles a single `detection:`, as the filters and routes of table files have it. */
import type { Node } from 'yaml';
import { diagnostic } from '../../diagnostics/diagnostic.ts';
import { compileExpression } from './language/detection.ts';
import { constantOf, lossesOf, warningOf } from './language/unavailable.ts';
import { buildDetection } from './match/evaluate.ts';
import type { CompileContext, CompiledDetection } from './types.ts';

/** Checks and compiles the node of a `detection:`, and reports all of its mistakes. Undefined if one of them is an error. */
export function compileDetection(node: Node, context: CompileContext): CompiledDetection | undefined {
  const expression = compileExpression(node, context);
  if (!expression) return undefined;
  const losses = lossesOf(expression);
  const refused = losses.length > 0 && (context.isStrict === true || constantOf(expression) !== undefined);
  for (const loss of losses) {
    const mistake = refused ? loss.of.reason : warningOf(loss);
    context.report(diagnostic(context.file, loss.of.span, mistake, refused ? 'error' : 'warning'));
  }
  return refused ? undefined : buildDetection(expression);
}
