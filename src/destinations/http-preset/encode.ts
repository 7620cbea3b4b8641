/** One delivery as a record of a preset, and a batch of them as a body. Runs on every host, and where there is none. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Batch, Encoding } from '../port.ts';
import type { Shape } from '../shapes.ts';
import type { HttpPresetConfig } from './config.ts';
import { type Frame, frameOf } from './frame.ts';
import type { JsonTemplate } from './json-template.ts';
import { recordWriter } from './record.ts';
import { presetOf } from './shipped-presets.ts';
import { valuesOf } from './values.ts';

interface RecordSettings extends EncodingSettings {
  readonly record: JsonTemplate;
  readonly values: readonly (readonly [name: string, value: string])[];
  readonly shape: Shape;
}

/**
 * What each delivery contributes to a body: the preset's record, in which settings may stand, but no secrets. Throws a TypeError where
 * there is no such preset, which a checked entry has.
 */
export function presetRecords(config: HttpPresetConfig, shape: Shape): Encoding {
  const preset = presetOf(config);
  if (preset === undefined) throw new TypeError('this entry was not checked');
  const values = valuesOf(preset, { settings: config.settings, secrets: {} });
  const settings: RecordSettings = {
    kind: 'http_preset',
    record: preset.body.record,
    values: [...values],
    shape,
  };
  return encodingBy(settings, writerOf, { separator: frameOf(preset.body, values).separator });
}

function writerOf({ record, values, shape }: RecordSettings): Encoding['write'] {
  return recordWriter(record, new Map(values), shape);
}

/** How long the body of a batch is, or a little less. Bytes. */
export function presetBodyRoom({ before, after }: Frame, { body }: Batch): number {
  return body.length + before.length + after.length + 64;
}

/** Writes the body of a batch: its records in the preset's frame. Returns a view of the writer's buffer. */
export function presetBody(
  { before, after }: Frame,
  { body }: Batch,
  writer: ByteWriter,
): Uint8Array<ArrayBuffer> {
  writer.text(before);
  body.copy(writer);
  writer.text(after);
  return writer.peek();
}
