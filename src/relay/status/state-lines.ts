/** The format of exported state: JSON Lines with a header first, and the counts last, by which an incomplete file is recognized. */

import { z } from 'zod';
import { checkpointJson, checkpointSchema } from '../../checkpoints/encoding.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';

/** A file of exported state cannot be read or written. */
export class StateFileError extends NarrowRelayError<CodeOf<'state'>> {}

/** The length limit of a line: a document of 1 MiB, plus what JSON escapes add. */
export const MAX_LINE_BYTES = 8 * 1_048_576;

const count = z.number().int().nonnegative();

const lineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('xdr-relay-state'),
    v: z.literal(1),
    account: z.string().max(253),
    exportedOn: count,
  }),
  z.object({
    kind: z.literal('checkpoint'),
    container: z.string().min(1).max(63),
    name: z.string().min(1).max(1_024),
    checkpoint: checkpointSchema,
  }),
  // The line was parsed from JSON, so every value is a JSON value.
  z.object({
    kind: z.literal('document'),
    name: z.string().min(1).max(200),
    value: z.custom<JsonValue>((value) => value !== undefined, 'is missing'),
  }),
  z.object({ kind: z.literal('end'), checkpoints: count, documents: count }),
]);

export type StateLine = z.infer<typeof lineSchema>;
export type CheckpointLine = Extract<StateLine, { readonly kind: 'checkpoint' }>;
export type DocumentLine = Extract<StateLine, { readonly kind: 'document' }>;

/** Encodes a line, without its line end. */
export function encodeStateLine(line: StateLine): string {
  return JSON.stringify(
    line.kind === 'checkpoint' ? { ...line, checkpoint: checkpointJson(line.checkpoint) } : line,
  );
}

/** Parses a line. Throws a StateFileError that names the line. */
export function parseStateLine(text: string, number: number): StateLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StateFileError('state_file_unreadable', `Line ${number} is not JSON`, { cause });
  }
  const parsed = lineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new StateFileError(
    'state_file_unreadable',
    `Line ${number} is nothing that this version of "state export" writes: ${where}${issue?.message}`,
  );
}

/** The summary of a whole file. */
export interface StateFileSummary {
  readonly account: string;
  readonly checkpoints: number;
  readonly documents: number;
}

/** Reads a whole file and checks each line. Throws StateFileError. */
export async function checkStateFile(lines: AsyncIterable<StateLine>): Promise<StateFileSummary> {
  let account: string | undefined;
  let isEnded = false;
  const found = { checkpoints: 0, documents: 0 };
  for await (const line of lines) {
    if (isEnded) throw new StateFileError('state_file_unreadable', 'The file goes on behind its last line');
    if (line.kind === 'xdr-relay-state') {
      if (account !== undefined)
        throw new StateFileError('state_file_unreadable', 'The file has two headers');
      account = line.account;
      continue;
    }
    if (account === undefined) {
      throw new StateFileError(
        'state_file_unreadable',
        'The file does not begin as "state export" writes it',
      );
    }
    if (line.kind === 'checkpoint') found.checkpoints += 1;
    else if (line.kind === 'document') found.documents += 1;
    else {
      isEnded = true;
      if (line.checkpoints === found.checkpoints && line.documents === found.documents) continue;
      throw new StateFileError('state_file_incomplete', 'The file has fewer lines than were exported');
    }
  }
  if (account === undefined || !isEnded) {
    throw new StateFileError('state_file_incomplete', 'The file ends before the line that ends an export');
  }
  return { account, ...found };
}
