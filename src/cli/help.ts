/** The parts of a command's `--help` that follow its options: notes, exit codes, examples. */
import type { CliCommand, CliGroup } from './command.ts';

/** The longest line of help, in columns, because longer lines are hard to read. */
const WIDEST = 110;

/** The width of help on a terminal, in columns. */
export function helpWidth(width: number): number {
  return Math.min(width, WIDEST);
}

/** Notes, exit codes and examples, each under its title. */
export function helpAfter(command: CliCommand | CliGroup, width: number): string {
  const columns = helpWidth(width);
  const parts = (command.notes ?? []).map((note) => wrapped(note, columns));
  if (command.kind === 'command') parts.push(exitCodes(command, columns));
  if (command.examples.length > 0) {
    parts.push(`Examples:\n${command.examples.map((example) => `  xdr-relay ${example}`).join('\n')}`);
  }
  return parts.map((part) => `\n${part}`).join('\n');
}

function exitCodes({ exits, onStop }: CliCommand, width: number): string {
  const stopped =
    exits.stopped ?? (onStop === 'at once' ? 'Stopped by Ctrl-C' : 'Stopped by Ctrl-C, cleanly');
  const lines = [
    ['0', exits.ok],
    ['1', exits.failed ?? 'Failed'],
    ['2', exits.usage ?? 'Wrong usage'],
    ...(exits.unknown === undefined ? [] : [['3', exits.unknown] as const]),
    ['130', stopped],
  ] as const;
  const rows = lines.map(
    ([code, meaning]) => `  ${code.padEnd(5)}${wrapped(meaning, width - 7, ' '.repeat(7))}`,
  );
  return `Exit codes:\n${rows.join('\n')}`;
}

/** Breaks text into lines of at most `width` characters; lines after the first begin with `indent`. Existing line ends stay. */
export function wrapped(text: string, width: number, indent = ''): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, indent))
    .join('\n');
}

function wrapLine(line: string, width: number, indent: string): string {
  // An indented line is laid out by hand and stays as it is.
  if (line.startsWith(' ')) return line;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].join(`\n${indent}`);
}
