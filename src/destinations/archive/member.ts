/** A block of the archive: one member of a gzip file, whose header has the keys of the rows in it (RFC 1952, sections 2.2 and 2.3.1.1). */
import { Buffer } from 'node:buffer';

const HEADER_BYTES = 10;
const FLAGS_AT = 3;
/** "FEXTRA": an extra field follows the header. Programs that read gzip pass over it. */
const FEXTRA = 4;
/** The length of the extra field, and the id and the length of the one subfield in it. */
const FIELD_BYTES = 6;
/** The id of the subfield: letters that RFC 1952 and its users leave free. */
const SUBFIELD = 'XR';
const MOST_KEY_BYTES = 65_535 - 4;

/** Where the keys begin in a block. Bytes. */
export const KEYS_AT = HEADER_BYTES + FIELD_BYTES;

/** Puts keys into the header of a member, which must have none of the optional fields. @param keys ASCII, at most 65,531 bytes. */
export function withKeys(member: Uint8Array<ArrayBuffer>, keys: string): Uint8Array<ArrayBuffer> {
  if (keys.length > MOST_KEY_BYTES) throw new RangeError('the keys are too long for the header');
  if (member[0] !== 0x1f || member[1] !== 0x8b || member[FLAGS_AT] !== 0)
    throw new TypeError('no plain gzip');
  const made = new Uint8Array(member.length + FIELD_BYTES + keys.length);
  made.set(member.subarray(0, HEADER_BYTES));
  made[FLAGS_AT] = FEXTRA;
  const view = new DataView(made.buffer);
  view.setUint16(HEADER_BYTES, keys.length + 4, true);
  made.set(Buffer.from(SUBFIELD, 'ascii'), HEADER_BYTES + 2);
  view.setUint16(HEADER_BYTES + 4, keys.length, true);
  made.set(Buffer.from(keys, 'ascii'), KEYS_AT);
  made.set(member.subarray(HEADER_BYTES), KEYS_AT + keys.length);
  return made;
}
