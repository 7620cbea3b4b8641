/** Microsoft's internal columns, which say which other columns are required. No destination gets them. */

/** Their prefix. */
export const PLUMBING_PREFIX = '__UDI_RequiredFields_';

export function isPlumbing(column: string): boolean {
  return column.startsWith(PLUMBING_PREFIX);
}
