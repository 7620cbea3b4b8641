/** One delivery on its way through a lane. */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { Encoded } from './segment.ts';

/** The place of a row in the blob as logical offsets: of its first byte, and of the byte after its line end. */
export type RowPlace = Pick<RawRow, 'offset' | 'end'>;

/** One delivery, and the row from which it was made. */
export interface Item {
  readonly encoded: Encoded;
  /** The place of the row. */
  readonly place: RowPlace;
  /** The bytes that the item keeps in memory: its own, and for the first delivery of a row also the row's. */
  readonly memory: number;
  /** Whether this is the last delivery of its row. */
  readonly endsRow: boolean;
}
