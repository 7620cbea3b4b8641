/** Which columns a condition reads, by its compiled expression. */
import type { Expression, FieldSource } from '../sigma/language/expression.ts';
import { pathsRead } from '../sigma/language/sources.ts';
import type { CompiledDetection } from '../sigma/types.ts';
import { pathsOf } from './paths.ts';

export interface DetectionReads {
  readonly columns: ReadonlySet<string>;
  /** Whether it has keywords, which search every column. */
  readonly everything: boolean;
}

/** The columns that a condition may read of any row. */
export function detectionReads({ expression }: Pick<CompiledDetection, 'expression'>): DetectionReads {
  const columns = new Set<string>();
  let everything = false;
  const open: Expression[] = [expression];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    switch (one.kind) {
      case 'field': {
        const others = one.values.flatMap(({ test }) => (test.kind === 'field' ? [test.source] : []));
        for (const source of [one.source, ...others]) {
          if (source.kind === 'any') everything = true;
          for (const column of sourceColumns(source)) columns.add(column);
        }
        break;
      }
      case 'unavailable':
        break;
      case 'part':
      case 'not':
        open.push(one.item);
        break;
      default:
        for (const item of one.items) open.push(item);
    }
  }
  return { columns, everything };
}

/** The columns that a field may be read from. */
export function sourceColumns(source: FieldSource): readonly string[] {
  return pathsRead(source).flatMap(pathsOf);
}
