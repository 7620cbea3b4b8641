/** Compiles rules for the console in a thread of its own. */
import { Buffer } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import type { RelayConfig } from '../../config/schema.ts';
import { listedSet } from '../../console/rules/listed.ts';
import { databaseFile } from '../../databases/mmdb.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import { RelayError } from '../../shared/errors.ts';

/** What the thread is started with. Plain data: it crosses by structured clone. */
export interface RuleListData {
  readonly files: readonly PlainFile[];
  readonly config: RelayConfig;
}

/** A rule file whose database is bytes alone. */
export type PlainFile = Omit<RuleFile, 'database'> & { readonly bytes?: Uint8Array };

export function plainFile({ database, ...file }: RuleFile): PlainFile {
  return database ? { ...file, bytes: database.bytes } : file;
}

/** Runs in a thread that `listRulesBy` started: tells the set that is listed, and ends. */
export function runRuleListThread(): void {
  const port = parentPort;
  if (!port) throw new RelayError('unexpected', 'A thread was started as a process');
  const { files, config } = workerData as RuleListData;
  const read = files.map(
    ({ bytes, ...file }): RuleFile =>
      bytes ? { ...file, database: databaseFile(Buffer.from(bytes)) } : file,
  );
  port.postMessage(listedSet(read, config));
}
