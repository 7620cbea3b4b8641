/** Records which hosts keep an older configuration, because a changed one was refused, for `xdr-relay status`. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';

const recordSchema = z.object({
  v: z.literal(1),
  /** The machine and the process, such as `web-1:4711`. */
  host: z.string().max(200),
  /** When the change was refused first, ms since the epoch. */
  at: z.number(),
  /** When the host last wrote the record, ms since the epoch. */
  seen: z.number(),
  /** Why, without values. */
  message: z.string().max(4_000),
});

/** One host's refusal of a changed configuration. */
export type ConfigRefusal = Omit<z.infer<typeof recordSchema>, 'v'>;

const FOLDER = 'config/';
/** A record older than this is ignored: the host has ended, or cannot reach the state. It is renewed each minute. Milliseconds. */
const SILENT_MS = 15 * 60_000;
const MOST_SAID = 1_000;

const documentOf = (host: string): string => `${FOLDER}${host.replace(/[^\w.-]/g, '-').slice(0, 120)}`;

/** Writes a host's refusal. Throws CheckpointError. */
export async function tellRefusedConfig(documents: StateDocuments, refusal: ConfigRefusal): Promise<void> {
  const document = sharedDocument(
    documents,
    documentOf(refusal.host),
    (value) => recordSchema.safeParse(value).data,
  );
  const write = { v: 1 as const, ...refusal, message: refusal.message.slice(0, MOST_SAID) };
  await updateDocument(document, () => ({ write, result: undefined }), ONE_TRY);
}

/** Removes the refusal of a host whose configuration is good again, or that ends. Throws CheckpointError. */
export async function forgetRefusedConfig(documents: StateDocuments, host: string): Promise<void> {
  await documents.remove(documentOf(host));
}

/** The recent refusals, by host. Throws CheckpointError. */
export async function refusedConfigs(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<readonly ConfigRefusal[]> {
  const found: ConfigRefusal[] = [];
  for await (const name of documents.list(FOLDER, signal)) {
    const stored = await documents.get(name, signal);
    const record = recordSchema.safeParse(stored?.value).data;
    if (record && now - record.seen <= SILENT_MS) found.push(record);
    else if (stored && record) await documents.remove(name, stored.etag);
  }
  return found.sort((a, b) => a.host.localeCompare(b.host));
}
