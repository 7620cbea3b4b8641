/** The encodings that modifiers apply to values. Bytes are binary strings: one character for each byte, as in `btoa`. */

const encoder = new TextEncoder();

export function utf8(text: string): string {
  let bytes = '';
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** Encodes text as UTF-16, little or big endian. @param mark whether to begin with a byte order mark. */
export function utf16(text: string, order: 'le' | 'be', mark: boolean): string {
  const marked = (mark ? '\uFEFF' : '') + text;
  let bytes = '';
  for (let at = 0; at < marked.length; at++) {
    const unit = marked.charCodeAt(at);
    const [low, high] = [unit & 0xff, unit >>> 8];
    bytes += order === 'le' ? String.fromCharCode(low, high) : String.fromCharCode(high, low);
  }
  return bytes;
}

export function base64(bytes: string): string {
  return btoa(bytes);
}

/**
 * Encodes bytes as they appear in the Base64 of a longer source, at an offset of 0, 1 or 2 modulo 3: three strings, reduced to the
 * characters that do not depend on neighbouring bytes.
 *
 * Source: Sigma modifiers appendix 2.1, "base64offset".
 */
export function base64Offsets(bytes: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = btoa(' '.repeat(offset) + bytes);
    const start = [0, 2, 3][offset] ?? 0;
    const spare = (offset + bytes.length) % 3;
    const end = spare === 0 ? encoded.length : encoded.length - (spare === 1 ? 3 : 2);
    return encoded.slice(start, end);
  });
}
