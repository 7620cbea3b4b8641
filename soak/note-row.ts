/** What all producers of a soak share: their options, and how a row is recorded before it is written. */
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
  /** Rows per second over all tables. */
  readonly rate: number;
  /** After so long without growth the relay closes a blob whose hour is over. Milliseconds. */
  readonly latenessMs: number;
  /** The destinations that receive every row; below, those that receive only alarms. */
  readonly bulk: readonly string[];
  readonly alarms: readonly string[];
  readonly herald: Herald;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

interface WrittenBlob {
  readonly container: string;
  readonly name: string;
  readonly generation?: number;
}

/** Records a row before it is written, because it may arrive before the storage responds. */
export function noteRow(
  { recorder, bulk, alarms }: ProducerOptions,
  { container, name, generation }: WrittenBlob,
  { id, kind, poison }: MadeRow,
  place: { readonly offset: number; readonly end: number },
): RecordedRow {
  const nowhere = kind === 'bad' || kind === 'noise';
  const to = nowhere ? [] : kind === 'alarm' ? [...bulk, ...alarms] : bulk;
  return recorder.row({
    blob: blobPath({ account: '', container, name }),
    ...place,
    id,
    to,
    poison,
    generation,
  });
}
