import type { Node } from 'yaml';
import type { CompileContext, CompiledDetection } from './types.ts';

/** Checks and compiles the node of a `detection:`. Undefined when something was reported as an error. */
export function compileDetection(_node: Node, _context: CompileContext): CompiledDetection | undefined {
  throw new Error('not built yet');
}
