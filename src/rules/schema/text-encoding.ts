/** Reads the text of a file as spreadsheets and portals write it: UTF-8, or UTF-16 with a byte order mark. */

/** The text without its byte order mark. Undefined for bytes that are text of neither encoding. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // No text has it. UTF-16 without a mark is full of it.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
