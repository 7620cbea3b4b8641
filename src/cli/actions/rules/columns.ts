/** Aligns cells in columns, for the output of the commands on rules. */
import { visible } from '../../text.ts';

/** The cells of one line; numbers are aligned to the right. */
export type Cells = readonly (string | number)[];

/**
 * Aligns lines of cells in columns, two spaces apart. Each line is indented by two spaces. Titles of rules and values of rows are among the
 * cells, and their author could otherwise write to the terminal, or commands to a CI runner on lines of their own.
 */
export function inColumns(given: readonly Cells[]): string {
  const lines = given.map((cells) => cells.map((cell) => (typeof cell === 'string' ? visible(cell) : cell)));
  const widths: number[] = [];
  for (const cells of lines) {
    for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, shown(cell).length);
  }
  return lines
    .map((cells) => {
      const padded = cells.map((cell, i) =>
        typeof cell === 'number' ? shown(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      );
      return `  ${padded.join('  ')}`.trimEnd();
    })
    .join('\n');
}

/** Formats a number as `1,234,567`; strings stay unchanged. */
export function shown(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

/** Formats a number of bytes in decimal units, such as `12.3 MB`. */
export function inBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
