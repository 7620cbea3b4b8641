import { Buffer } from 'node:buffer';

/** UTF-16 little or big endian, one character per byte; `mark` puts the byte order mark first. */
export function utf16(text: string, order: 'le' | 'be', mark: boolean): string {
  const bytes = Buffer.from((mark ? '\uFEFF' : '') + text, 'utf16le');
  return (order === 'le' ? bytes : bytes.swap16()).toString('latin1');
}

export function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

/**
 * The three texts, one of which a Base64 text holds when its source holds these bytes at an offset of 0, 1 or 2 modulo 3:
 * only the characters that depend on no neighbouring byte.
 *
 * Source: Sigma modifiers appendix 2.1, "base64offset".
 */
export function base64Offsets(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64');
    const start = [0, 2, 3][offset] ?? 0;
    const spare = (offset + bytes.length) % 3;
    const end = spare === 0 ? encoded.length : encoded.length - (spare === 1 ? 3 : 2);
    return encoded.slice(start, end);
  });
}
