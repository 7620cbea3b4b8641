/** Which rules run where: each host writes it down, `xdr-relay status` and other readers show it. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { StateMissingError } from '../../checkpoints/errors.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import { RelayError } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';

/** Who runs rules. All isolates of a Worker are one host, since they come and go by the minute. */
export interface RulesHost {
  readonly kind: 'node' | 'worker';
  /** The machine and the process, `web-1:4711`; absent for a Worker. */
  readonly name?: string;
}

/** A mistake for which rules were refused. */
const refusalErrorSchema = z.object({
  /** Within the folder or the container of rule files; absent, with line and column, where they cannot be read as a whole. */
  file: z.string().exactOptional(),
  line: z.number().exactOptional(),
  column: z.number().exactOptional(),
  code: z.string(),
  message: z.string(),
});

const refusalSchema = z.object({
  /** When, ms since the epoch. */
  at: z.number(),
  /** How many mistakes there are; `errors` has the first ones. */
  total: z.number(),
  errors: z.array(refusalErrorSchema),
  /** There are none to go on with: no row is judged. Of a Worker: in the isolates that started since. */
  withoutRules: z.literal(true).exactOptional(),
  /** Why the last good rules cannot be used either. */
  lastGood: z.string().exactOptional(),
});

const recordSchema = z.object({
  host: z.enum(['node', 'worker']),
  name: z.string().exactOptional(),
  /** Of the rules in force; absent where there are none yet. */
  version: z.string().exactOptional(),
  /** When they came into force, ms since the epoch. */
  since: z.number().exactOptional(),
  /** The rules in force are the last good ones of the state, since the host found none without errors. When those were kept, ms since the epoch. */
  kept: z.number().exactOptional(),
  /** When the host last wrote this, ms since the epoch. */
  seen: z.number(),
  /** The last rules that were offered and had errors, until good ones come. */
  refused: refusalSchema.exactOptional(),
});

export type RulesRefusal = z.infer<typeof refusalSchema>;
/** What one host says of its rules. */
export type RulesRecord = z.infer<typeof recordSchema>;

/** How often a host says that it is still there. Milliseconds. */
export const TELL_RULES_MS = 5 * 60_000;
/** A host that was not heard of for so long has ended, or cannot reach the state: nothing is known of it. Milliseconds. */
const SILENT_MS = 3 * TELL_RULES_MS;
/** A record that is older than this is removed by the next host that starts. Milliseconds. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** Mistakes that a record holds. */
export const MOST_REFUSAL_ERRORS = 20;

const FOLDER = 'rules/';

/** The document in which a host says what its rules are. */
export function rulesDocument({ kind, name }: RulesHost): string {
  return `${FOLDER}${kind}${name === undefined ? '' : `-${name.replace(/[^\w.-]/g, '-').slice(0, 120)}`}`;
}

/**
 * Writes down what a host says. Where another isolate wrote the same version before, it has been in force since then. Does nothing
 * where one wrote at the same moment. Throws CheckpointError.
 */
export async function tellRules(
  documents: StateDocuments,
  host: RulesHost,
  told: Omit<RulesRecord, 'host' | 'name'>,
): Promise<void> {
  const document = sharedDocument(
    documents,
    rulesDocument(host),
    (value) => recordSchema.safeParse(value).data,
  );
  await updateDocument<RulesRecord, undefined>(
    document,
    (stored) => ({
      write: withStored({ host: host.kind, ...nameOf(host), ...told }, stored),
      result: undefined,
    }),
    ONE_TRY,
  );
}

function nameOf({ name }: RulesHost): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

/** A host without rules of its own yet may be an isolate beside others that have some. */
function withStored(record: RulesRecord, stored: RulesRecord | undefined): RulesRecord {
  if (!stored || (record.version !== undefined && record.version !== stored.version)) return record;
  const { version = stored.version, since } = record;
  const earliest = Math.min(since ?? Number.POSITIVE_INFINITY, stored.since ?? Number.POSITIVE_INFINITY);
  return {
    ...record,
    ...(version !== undefined && { version }),
    ...(Number.isFinite(earliest) && { since: earliest }),
  };
}

/** Removes what a host said: it ends. Throws CheckpointError. */
export async function forgetRules(documents: StateDocuments, host: RulesHost): Promise<void> {
  await documents.remove(rulesDocument(host));
}

/** What the hosts say that were heard of lately, by name. Documents that are not ours are left out. Throws CheckpointError. */
export async function liveRulesRecords(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<readonly RulesRecord[]> {
  const found: RulesRecord[] = [];
  for await (const { record } of allRecords(documents, signal)) {
    if (now - record.seen <= SILENT_MS) found.push(record);
  }
  return found;
}

/** Removes records of hosts that ended without a word. Throws CheckpointError. */
export async function removeOldRulesRecords(documents: StateDocuments, now: number): Promise<void> {
  for await (const { document, record, etag } of allRecords(documents)) {
    if (now - record.seen > FORGOTTEN_MS) await documents.remove(document, etag);
  }
}

async function* allRecords(
  documents: StateDocuments,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly document: string; readonly record: RulesRecord; readonly etag: string }> {
  for await (const document of documents.list(FOLDER, signal)) {
    const stored = await documents.get(document, signal);
    const record = recordSchema.safeParse(stored?.value).data;
    if (stored && record) yield { document, record, etag: stored.etag };
  }
}

/**
 * Rejects with `rules_held` where a host says that it has no rules to work with; resolves where it says otherwise, or nothing: the first
 * task creates the state. Throws CheckpointError.
 */
export async function mustHaveRules(
  documents: StateDocuments,
  host: RulesHost,
  signal?: AbortSignal,
): Promise<void> {
  const stored = await documents.get(rulesDocument(host), signal).catch((error: unknown) => {
    if (error instanceof StateMissingError) return undefined;
    throw error;
  });
  const refused = recordSchema.safeParse(stored?.value).data?.refused;
  if (!refused?.withoutRules) return;
  throw new RelayError('rules_held', `there are no rules to work with: ${refusalText(refused)}`);
}

/** The first mistake, how many more there are, and what is wrong with the last good rules. */
export function refusalText({ errors: [first], total, lastGood }: RulesRefusal): string {
  const why = first === undefined ? 'they were refused' : refusalErrorText(first);
  const more = total > 1 ? `, and ${plural(total - 1, 'more mistake')}` : '';
  const neither = lastGood === undefined ? '' : `; the last good ones cannot be used either: ${lastGood}`;
  return `${why}${more}${neither}`;
}

/** `node web-1:4711`, `worker`. */
export function rulesHostText({ host, name }: Pick<RulesRecord, 'host' | 'name'>): string {
  return name === undefined ? host : `${host} ${name}`;
}

/** `DeviceEvents.yaml:3:13: unknown column "Nme"`. */
export function refusalErrorText({ file, line, column, message }: RulesRefusal['errors'][number]): string {
  return file === undefined ? message : `${file}:${line}:${column}: ${message}`;
}
