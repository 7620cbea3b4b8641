/** Many findings in short: how many of each kind, worst first, each with an example. */
import picocolors from 'picocolors';
import type { Diagnostic } from './diagnostic.ts';

/** So many errors, and so many warnings, are shown one by one. */
const MOST = 20;

/** Columns of a line. */
const WIDTH = 120;

/** Divides findings into those that are shown one by one and those that are counted, being too many of their severity. */
export function divide(list: readonly Diagnostic[]): {
  readonly each: readonly Diagnostic[];
  readonly counted: readonly Diagnostic[];
} {
  const bySeverity = Object.values(Object.groupBy(list, ({ severity }) => severity));
  const isShort = (group: readonly Diagnostic[]) => group.length <= MOST;
  const long = new Set(bySeverity.filter((group) => !isShort(group)).flat());
  return { each: list.filter((one) => !long.has(one)), counted: list.filter((one) => long.has(one)) };
}

interface Kind {
  readonly example: Diagnostic;
  readonly count: number;
}

/** A line for each kind of finding: errors first, then by how many there are. */
export function summary(
  list: readonly Diagnostic[],
  { color = false }: { readonly color?: boolean } = {},
): string {
  const paint = picocolors.createColors(color);
  const kinds = [...Map.groupBy(list, ({ severity, code }) => `${severity} ${code}`).values()]
    .flatMap((group): Kind[] => (group[0] ? [{ example: group[0], count: group.length }] : []))
    .sort((a, b) => rank(a) - rank(b) || b.count - a.count);
  const countWidth = Math.max(...kinds.map(({ count }) => shown(count).length));
  const codeWidth = Math.max(...kinds.map(({ example }) => example.code.length));
  const lines = kinds.map(({ example, count }) => {
    const { severity, code, message } = example;
    const tone = severity === 'error' ? paint.red : paint.yellow;
    const head = `  ${shown(count).padStart(countWidth)} ${tone(severity.padEnd('warning'.length))} ${code.padEnd(codeWidth)}`;
    const room = WIDTH - countWidth - codeWidth - 'warning'.length - 5;
    return `${head} ${paint.dim(cut(message, room))}`;
  });
  return [paint.bold('By kind, each with an example'), ...lines].join('\n');
}

function rank({ example }: Kind): number {
  return example.severity === 'error' ? 0 : 1;
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}

/** Control characters of a file must not reach the terminal. */
function cut(message: string, room: number): string {
  const clean = message.replace(/\p{C}/gu, '\ufffd');
  return clean.length <= room ? clean : `${clean.slice(0, room - 1)}…`;
}
