/** JSON without characters beyond ASCII. */

/** Writes a value as JSON of ASCII alone: such a text takes one byte a character, in memory and on a disk, and is read quickest. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
