/** What all producers of a soak share: where they write, and how a row is noted before it is written. */
import type { BlobServiceClient } from '@azure/storage-blob';
import { blobPath } from '../src/shared/blob-ref.ts';
import type { Herald } from './herald.ts';
import type { RecordedRow, Recorder } from './recorder.ts';
import type { MadeRow } from './rows.ts';

export interface ProducerOptions {
  readonly service: BlobServiceClient;
  readonly account: string;
  readonly seed: number;
  readonly durationMs: number;
  /** Rows a second, over all tables. */
  readonly rate: number;
  /** Milliseconds without growth after which the relay takes a blob of an hour that is over for closed. */
  readonly latenessMs: number;
  /** The destinations that get every row, and the one that gets alarms besides. */
  readonly bulk: readonly string[];
  readonly alarms: string | undefined;
  readonly herald: Herald;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

interface WrittenBlob {
  readonly container: string;
  readonly name: string;
  readonly generation?: number;
}

/** A row goes into the record before it goes into the storage: it may arrive before the storage answers. */
export function noteRow(
  { recorder, bulk, alarms }: ProducerOptions,
  { container, name, generation }: WrittenBlob,
  { id, kind, poison }: MadeRow,
  place: { readonly offset: number; readonly end: number },
): RecordedRow {
  const nowhere = kind === 'bad' || kind === 'noise';
  const to = nowhere ? [] : kind === 'alarm' && alarms !== undefined ? [...bulk, alarms] : bulk;
  return recorder.row({
    blob: blobPath({ account: '', container, name }),
    ...place,
    id,
    to,
    poison,
    generation,
  });
}
