/** Base64 (RFC 4648, section 4) of bytes, where there may be neither `Buffer` nor `Uint8Array.prototype.toBase64`. */

/** `btoa` takes a string of bytes, and `String.fromCharCode` a limited number of arguments. A multiple of three. */
const PIECE = 3 * 8_192;

export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return text;
}
