/** Where the line of a place begins. */

/** The offset of the first character of the line that `at` is in. At 0 that is 0: `lastIndexOf` would take the place before it for 0, too. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}
