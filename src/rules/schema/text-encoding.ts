/** Decodes the files that spreadsheets and portals write: UTF-8, or UTF-16 with a byte order mark. */

/** The text without its byte order mark. Undefined if the bytes are valid in neither encoding. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // No text file contains NUL characters, but UTF-16 without a mark, read as UTF-8, is full of them.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
