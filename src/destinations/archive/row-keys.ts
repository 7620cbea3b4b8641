/** Says which rows are in a block of the archive: each by its offset in the source blob and a digest of what was sent for it. */
import { createHash } from 'node:crypto';
import { isAlert } from '../alert-record.ts';
import type { EncodedDelivery } from '../port.ts';

/** One delivery of a row. */
export interface RowKey {
  /** Of the row's first byte in the source blob. */
  readonly offset: number;
  /**
   * Tells deliveries of one row apart: {@link DIGEST} characters. Of an alert, of its id; else of the bytes, since a row may be sent to one
   * destination in several forms.
   */
  readonly digest: string;
}

/** So many rows are in one block: their keys have to fit into the header of a member of a gzip file, which has 64 KiB for them. */
export const MOST_ROWS = 4_000;
/** Characters of a digest: 24 bits, and only rows of equal offsets are told apart by them. */
const DIGEST = 4;

export function keyOf(item: EncodedDelivery): RowKey {
  const { head } = item;
  const hash = createHash('sha256');
  if (isAlert(head)) hash.update(`${head.alertId}\n${head.group?.count ?? ''}`);
  else hash.update(item.payload());
  return { offset: head.source.offset, digest: hash.digest('base64url').slice(0, DIGEST) };
}

/** A key as a member of a set. */
export function keyText({ offset, digest }: RowKey): string {
  return `${offset} ${digest}`;
}

/** Keys in the order of their offsets, as ASCII: for each its distance from the one before in base 36, and its digest. At most 64,000 bytes. */
export function writtenKeys(keys: readonly RowKey[]): string {
  if (keys.length > MOST_ROWS) throw new RangeError(`${keys.length} rows are too many for one block`);
  let before = 0;
  return keys
    .map(({ offset, digest }) => {
      const distance = offset - before;
      before = offset;
      return `${distance.toString(36)}.${digest}`;
    })
    .join(',');
}

const WRITTEN = /^[0-9a-z]{1,11}\.[\w-]{4}$/;

/** The texts of the keys that {@link writtenKeys} wrote; undefined for anything else. */
export function readKeys(text: string): ReadonlySet<string> | undefined {
  const keys = new Set<string>();
  let offset = 0;
  for (const part of text.split(',')) {
    if (!WRITTEN.test(part)) return undefined;
    const [distance = '', digest = ''] = part.split('.');
    offset += Number.parseInt(distance, 36);
    keys.add(keyText({ offset, digest }));
  }
  return keys;
}

/** The SHA-256 of keys as they are written: 22 characters of base64url, 132 bits. */
export function digestOfKeys(written: string): string {
  return createHash('sha256').update(written).digest('base64url').slice(0, 22);
}
