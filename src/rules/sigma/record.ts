import type { JsonObject } from '../../shared/json.ts';
import type { RecordView } from './types.ts';

/** Wraps a row's columns for matching: make one per row and share it among all detections. */
export function viewRecord(_properties: JsonObject): RecordView {
  throw new Error('not built yet');
}
