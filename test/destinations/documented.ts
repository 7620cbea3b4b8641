/** Whether what a receiver got is what docs/outputs.md and the published JSON Schemas say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isObject } from '../../lab/receivers/json.ts';
import { alertRecord } from '../../src/destinations/output-schemas/alert.ts';
import { eventRecord, rawRow } from '../../src/destinations/output-schemas/event.ts';
import { hecAlert, hecEvent } from '../../src/destinations/output-schemas/hec.ts';
import { cloudEvent } from '../../src/destinations/output-schemas/webhook.ts';

/** The schema of a received event or record by what it says of itself, and the published file that has it too. */
function schemaOf(value: unknown): readonly [schema: z.ZodType, file: string | undefined] {
  if (!isObject(value)) return [z.never(), undefined];
  if (value.fields !== undefined && value.sourcetype !== undefined) {
    const isAlert = isObject(value.fields) && value.fields.kind === 'alert';
    return isAlert ? [hecAlert, 'hec-alert.schema.json'] : [hecEvent, 'hec-event.schema.json'];
  }
  if (value.specversion !== undefined) return [cloudEvent, 'webhook.schema.json'];
  if (value.kind === 'alert') return [alertRecord, 'alert.schema.json'];
  return value.kind === 'event' ? [eventRecord, 'event.schema.json'] : [rawRow, 'row.schema.json'];
}

/** Returns the value. Throws where it has a field that is not documented, lacks one, or holds something else in it. */
export function asDocumented<T>(value: T): T {
  const [schema, file] = schemaOf(value);
  schema.parse(value);
  if (file !== undefined) published(file).parse(value);
  // A union would take a record with an unknown field for a loose one.
  if (isObject(value) && value.specversion !== undefined) asDocumented(value.data);
  if (isObject(value) && isObject(value.event) && isKind(value.event.kind)) asDocumented(value.event);
  return value;
}

function isKind(kind: unknown): boolean {
  return kind === 'event' || kind === 'alert';
}

const files = new Map<string, z.ZodType>();

/** A JSON Schema of schemas/, as somebody else's validator reads it. */
function published(file: string): z.ZodType {
  const known = files.get(file);
  if (known) return known;
  const text = readFileSync(join(import.meta.dirname, '../../schemas', file), 'utf8');
  const made = z.fromJSONSchema(JSON.parse(text));
  files.set(file, made);
  return made;
}
