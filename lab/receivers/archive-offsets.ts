/**
 * The offsets that the blocks of an archive's blob claim for their rows.
 *
 * A block is a member of gzip (RFC 1952) with an extra field `XR`: for each line of it the distance of the row's offset from that of the line before, in
 * base 36, a full stop and a digest; with commas between. src/destinations/archive/ARCHITECTURE.md has the format.
 */
const HEADER_BYTES = 10;
const FEXTRA = 4;

/** @param sizes of the blocks, in bytes, in their order. Throws where a block has no such field. */
export function offsetsIn(blob: Buffer, sizes: readonly number[]): readonly number[] {
  let at = 0;
  return sizes.flatMap((size) => {
    const member = blob.subarray(at, at + size);
    at += size;
    return offsetsOf(member);
  });
}

function offsetsOf(member: Buffer): readonly number[] {
  const isField =
    member[3] === FEXTRA && member.toString('latin1', HEADER_BYTES + 2, HEADER_BYTES + 4) === 'XR';
  if (member.readUInt16BE(0) !== 0x1f8b || !isField)
    throw new Error('a block without the offsets of its rows');
  const from = HEADER_BYTES + 6;
  const text = member.toString('latin1', from, from + member.readUInt16LE(HEADER_BYTES + 4));
  let offset = 0;
  return text.split(',').map((part) => {
    const [distance = ''] = part.split('.');
    offset += Number.parseInt(distance, 36);
    return offset;
  });
}
