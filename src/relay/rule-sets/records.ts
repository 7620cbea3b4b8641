/** Records which rules each host runs, for `xdr-relay status` and other readers. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { StateMissingError } from '../../checkpoints/errors.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { AgedList } from '../../rules/lists/age.ts';
import { RelayError } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';

/** A host that runs rules. All isolates of a Worker count as one host, because they come and go within minutes. */
export interface RulesHost {
  readonly kind: 'node' | 'worker';
  /** The machine and the process, such as `web-1:4711`; absent for a Worker. */
  readonly name?: string;
}

/** The schema of a mistake for which rules were refused. */
const refusalErrorSchema = z.lazy(() =>
  z.object({
    /** The path within the folder or the container of rule files; like line and column, absent if the rules could not be read at all. */
    file: z.string().exactOptional(),
    line: z.number().exactOptional(),
    column: z.number().exactOptional(),
    /** How many UTF-16 units from there on are wrong; absent where there is no token to underline. */
    length: z.number().exactOptional(),
    code: z.string(),
    message: z.string(),
    /** What to do: `did you mean "FileName"?`. */
    hint: z.string().exactOptional(),
  }),
);

const refusalSchema = z.lazy(() =>
  z.object({
    /** The time of the refusal, ms since the epoch. */
    at: z.number(),
    /** The number of mistakes; `errors` has the first ones. */
    total: z.number(),
    errors: z.array(refusalErrorSchema),
    /** Present if no other rules are in force, so that no row is evaluated; for a Worker, in the isolates that started since. */
    withoutRules: z.literal(true).exactOptional(),
    /** Why the last good rules cannot be used either. */
    lastGood: z.string().exactOptional(),
  }),
);

/** The schema of a list of the rules in force. */
const listRecordSchema = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.string(),
    entries: z.number(),
    /** When the list was written, ms since the epoch; absent if nothing says it. */
    written: z.number().exactOptional(),
    /** The age from which on it is too old, in milliseconds. */
    maxAge: z.number().exactOptional(),
  }),
);
export type ListRecord = z.infer<typeof listRecordSchema>;

/** How many lists a record holds. */
const MOST_LISTS = 100;

/** The lists as records hold them. */
export function listRecords(lists: readonly AgedList[]): ListRecord[] {
  return lists.slice(0, MOST_LISTS).map(({ list, written }) => ({
    name: list.name,
    type: list.type,
    entries: list.size,
    ...(written !== undefined && { written }),
    ...(list.declaration.max_age !== undefined && { maxAge: list.declaration.max_age }),
  }));
}

/** Whether a list of a record is older than it may be. */
export function isOldList({ written, maxAge }: ListRecord, now: number): boolean {
  return written !== undefined && maxAge !== undefined && now - written > maxAge;
}

const recordSchema = z.lazy(() =>
  z.object({
    host: z.enum(['node', 'worker']),
    name: z.string().exactOptional(),
    /** The version of the rules in force; absent if there are none yet. */
    version: z.string().exactOptional(),
    /** When the rules came into force, ms since the epoch. */
    since: z.number().exactOptional(),
    /** Present if the rules in force are the last good rules of the state, because the host found none without errors: when these were stored, ms since the epoch. */
    kept: z.number().exactOptional(),
    /** When the host last wrote the record, ms since the epoch. */
    seen: z.number(),
    /** The last rules that were refused, until good ones come. */
    refused: refusalSchema.exactOptional(),
    /** The lists of the rules in force. */
    lists: z.array(listRecordSchema).exactOptional(),
  }),
);

export type RulesRefusal = z.infer<typeof refusalSchema>;
/** One host's record of its rules. */
export type RulesRecord = z.infer<typeof recordSchema>;

/** How often a host renews its record. Milliseconds. */
export const TELL_RULES_MS = 5 * 60_000;
/** A record older than this is ignored: the host has ended, or cannot reach the state. Milliseconds. */
const SILENT_MS = 3 * TELL_RULES_MS;
/** A record older than this is removed by the next host that starts. Milliseconds. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** How many mistakes a record holds. */
export const MOST_REFUSAL_ERRORS = 20;

const FOLDER = 'rules/';

/** The name of a host's record. */
export function rulesDocument({ kind, name }: RulesHost): string {
  return `${FOLDER}${kind}${name === undefined ? '' : `-${name.replace(/[^\w.-]/g, '-').slice(0, 120)}`}`;
}

/**
 * Writes a host's record. If another isolate wrote the same version before, its `since` is kept. Does nothing if another isolate writes at
 * the same time. Throws CheckpointError.
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

/** Merges a record with the stored one: a new isolate may have no rules yet while other isolates of the Worker have. */
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

/** Removes the record of a host that ends. Throws CheckpointError. */
export async function forgetRules(documents: StateDocuments, host: RulesHost): Promise<void> {
  await documents.remove(rulesDocument(host));
}

/** The recent records, sorted by the hosts' names. Documents that are not records are left out. Throws CheckpointError. */
export async function liveRulesRecords(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<readonly RulesRecord[]> {
  const found: RulesRecord[] = [];
  for await (const { record } of recordsExcept(documents, undefined, signal)) {
    if (now - record.seen <= SILENT_MS) found.push(record);
  }
  return found;
}

/** Removes the records of other hosts that ended without removing them. Throws CheckpointError. */
export async function removeOldRulesRecords(
  documents: StateDocuments,
  host: RulesHost,
  now: number,
): Promise<void> {
  for await (const { document, record, etag } of recordsExcept(documents, rulesDocument(host))) {
    if (now - record.seen > FORGOTTEN_MS) await documents.remove(document, etag);
  }
}

async function* recordsExcept(
  documents: StateDocuments,
  left: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly document: string; readonly record: RulesRecord; readonly etag: string }> {
  for await (const document of documents.list(FOLDER, signal)) {
    if (document === left) continue;
    const stored = await documents.get(document, signal);
    const record = recordSchema.safeParse(stored?.value).data;
    if (stored && record) yield { document, record, etag: stored.etag };
  }
}

/**
 * Rejects with `rules_held` if a host's record says that it has no rules to work with. Resolves otherwise, also without a record, because
 * the first task creates the state. Throws CheckpointError.
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

/** Describes a refusal: the first mistake, the number of others, and why the last good rules cannot be used. */
export function refusalText({ errors: [first], total, lastGood }: RulesRefusal): string {
  const why = first === undefined ? 'they were refused' : refusalErrorText(first);
  const more = total > 1 ? `, and ${plural(total - 1, 'more mistake')}` : '';
  const neither = lastGood === undefined ? '' : `; the last good ones cannot be used either: ${lastGood}`;
  return `${why}${more}${neither}`;
}

/** A host's name for people: `node web-1:4711`, `worker`. */
export function rulesHostText({ host, name }: Pick<RulesRecord, 'host' | 'name'>): string {
  return name === undefined ? host : `${host} ${name}`;
}

/** A mistake as one line: `DeviceEvents.yaml:3:13: unknown column "Nme"`. */
export function refusalErrorText({ file, line, column, message }: RulesRefusal['errors'][number]): string {
  return file === undefined ? message : `${file}:${line}:${column}: ${message}`;
}
