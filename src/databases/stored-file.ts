/** Rule files as JSON can hold them: databases in base64. For the last good rules and the Worker's bundle. */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { RuleFile } from '../rules/rule-file.ts';
import { databaseFile } from './mmdb.ts';

/** A rule file in JSON. */
export const storedFileSchema = z.object({
  path: z.string(),
  text: z.string(),
  modified: z.number().exactOptional(),
  /** The bytes of a database in base64. */
  database: z.base64().exactOptional(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

export function storedFile({ path, text, modified, database }: RuleFile): StoredFile {
  return {
    path,
    text,
    ...(modified !== undefined && { modified }),
    ...(database && { database: bufferOf(database.bytes).toString('base64') }),
  };
}

export function ruleFileOf({ database, ...file }: StoredFile): RuleFile {
  return database === undefined ? file : { ...file, database: databaseFile(Buffer.from(database, 'base64')) };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
