/** Lines of cells in columns, for the commands on rules. */
/** Cells of one line of a table; numbers are put to the right. */
export type Cells = readonly (string | number)[];

/** Lines of cells in columns two spaces apart, each line behind two more. */
export function inColumns(lines: readonly Cells[]): string {
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

/** `1,234,567`. */
export function shown(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

/** `12.3 MB`: decimal units. */
export function inBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
