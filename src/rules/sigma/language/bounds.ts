/** Checks the bounds of a correlation's condition: whether any number can satisfy all of them. */
import type { CorrelationOp } from '../types.ts';

/** One bound, such as `gte: 10`. */
export interface Bound {
  readonly op: CorrelationOp;
  readonly value: number;
}

/** Whether no number satisfies all bounds. @param wholeNumbers whether only whole numbers are possible, as for counts. */
export function excludeEachOther(bounds: readonly Bound[], wholeNumbers: boolean): boolean {
  const valuesOf = (op: CorrelationOp) => bounds.filter((bound) => bound.op === op).map(({ value }) => value);
  const equal = valuesOf('eq');
  const least = Math.max(...valuesOf('gte'), ...equal);
  const most = Math.min(...valuesOf('lte'), ...equal);
  const above = Math.max(...valuesOf('gt'));
  const below = Math.min(...valuesOf('lt'));
  const only = least === most ? least : undefined;
  return (
    least > most ||
    least >= below ||
    above >= most ||
    above >= below ||
    (wholeNumbers && above + 1 >= below) ||
    (only !== undefined && valuesOf('neq').includes(only))
  );
}
