/** One real read of each source with the data role: a listing, and then a range of a blob. Owner can list, and may not read. */

import { blobPath } from '../../../shared/blob-ref.ts';
import { HOUR_MS } from '../../../shared/duration.ts';
import { codeOf, messageOf } from '../../../shared/errors.ts';
import { knownTables } from '../../discovery/sweep-record.ts';
import { type Check, type DoctorSource, error, type Finding, note, ofSource, warning } from '../check.ts';
import { newestBlob } from '../newest-blob.ts';
import { thrownFinding } from '../run.ts';

/** Containers that are searched for a blob with content. */
const MOST_SEARCHED = 12;
/** How much is read. Bytes. */
const READ_BYTES = 1_024;

export const sourceRead: Check = {
  id: 'source-read',
  title: 'The source can be listed and read',
  async run({ sources }, signal) {
    const all = await Promise.all(sources.map((source) => readOne(source, signal)));
    return all.flat();
  },
};

async function readOne(source: DoctorSource, signal: AbortSignal): Promise<readonly Finding[]> {
  const { blobs, account } = source;
  const of = ofSource(source);
  const containers: string[] = [];
  try {
    for await (const container of blobs.containers(account.containerPrefix, signal))
      containers.push(container);
  } catch (thrown) {
    signal.throwIfAborted();
    const found = thrownFinding(thrown);
    return [{ ...found, message: `the containers${of} cannot be listed: ${found.message}` }];
  }
  if (containers.length === 0) return [await noContainer(source, signal)];
  for (const container of containers.slice(0, MOST_SEARCHED)) {
    try {
      const blob = (await newestBlob(blobs, container, signal))?.filled;
      if (!blob) continue;
      try {
        let bytes = 0;
        const end = Math.min(blob.length, READ_BYTES);
        for await (const chunk of blobs.read(blob.ref, { start: 0, end }, signal)) bytes += chunk.length;
        if (bytes > 0) return [];
      } catch (thrown) {
        signal.throwIfAborted();
        return [unread(source, blobPath(blob.ref), thrown)];
      }
    } catch (thrown) {
      signal.throwIfAborted();
      const found = thrownFinding(thrown);
      return [{ ...found, message: `${container}${of} cannot be listed: ${found.message}` }];
    }
  }
  const age = `the newest blobs of ${Math.min(containers.length, MOST_SEARCHED)} containers`;
  return [
    note(
      `nothing was read${of}: ${age} are empty or archived, so that it is not known whether the relay may read`,
      `run it again when Defender has written, after ${HOUR_MS / 60_000} minutes at most`,
    ),
  ];
}

function unread(source: DoctorSource, path: string, thrown: unknown): Finding {
  const of = ofSource(source);
  if (codeOf(thrown) !== 'blob_forbidden') {
    const found = thrownFinding(thrown);
    return { ...found, message: `${path}${of} cannot be read: ${found.message}` };
  }
  return error(
    `blobs${of} can be listed, but not read: ${messageOf(thrown).replace(/\.$/, '')}`,
    source.byIdentity
      ? 'assign the identity "Storage Blob Data Reader" on the account; Owner and Contributor list, and cannot read'
      : 'give the shared access signature the permission to read (r) besides the one to list (l)',
  );
}

/** Before the first start this may come next; a relay that has run has nothing to deliver. */
async function noContainer(
  { account, name, blobs, documents }: DoctorSource,
  signal: AbortSignal,
): Promise<Finding> {
  const hasRun = Object.keys(await knownTables(documents, signal).catch(() => ({}))).length > 0;
  return (hasRun ? error : warning)(
    `the account ${blobs.account}${ofSource({ name })} has no container whose name begins with ${account.containerPrefix}`,
    'in Defender, Settings > Microsoft Defender XDR > Streaming API, add an item that forwards events to this storage account, and choose tables; the first containers come within minutes. No API tells whether there is such an item',
  );
}
