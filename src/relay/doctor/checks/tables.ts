/** The containers against the tables of the schema: silent, unknown, gone, not enabled. */

import { findTable } from '../../../rules/schema/index.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import { formatAge } from '../../../shared/readable.ts';
import { knownTables } from '../../discovery/sweep-record.ts';
import { isSilent, type TableRecords } from '../../source/tables.ts';
import {
  type Check,
  type DoctorContext,
  type DoctorSource,
  type Finding,
  note,
  ofSource,
  warning,
} from '../check.ts';
import { newestBlob } from '../newest-blob.ts';

const AT_ONCE = 8;

/** The tables that every item of the Streaming API offers (Microsoft Learn, "Supported Microsoft Defender XDR event types in streaming API", generally available). */
export const OFFERED: readonly string[] = [
  'AlertEvidence',
  'AlertInfo',
  'CloudAppEvents',
  'DeviceEvents',
  'DeviceFileCertificateInfo',
  'DeviceFileEvents',
  'DeviceImageLoadEvents',
  'DeviceInfo',
  'DeviceLogonEvents',
  'DeviceNetworkEvents',
  'DeviceNetworkInfo',
  'DeviceProcessEvents',
  'DeviceRegistryEvents',
  'EmailAttachmentInfo',
  'EmailEvents',
  'EmailPostDeliveryEvents',
  'EmailUrlInfo',
  'IdentityDirectoryEvents',
  'IdentityLogonEvents',
  'IdentityQueryEvents',
  'UrlClickEvents',
];

export const tables: Check = {
  id: 'tables',
  title: 'Every table is written, and known',
  async run(context, signal) {
    const all = await Promise.all(context.sources.map((source) => tablesOf(context, source, signal)));
    return all.flat();
  },
};

async function tablesOf(
  { clock, config }: DoctorContext,
  source: DoctorSource,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { blobs, documents, account } = source;
  const prefix = account.containerPrefix;
  const of = ofSource(source);
  // Without the state, only the pauses that a table has made before are unknown.
  const records: TableRecords = await knownTables(documents, signal).catch(() => ({}));
  const found: Finding[] = [];
  const present = new Set<string>();
  await inParallel(blobs.containers(prefix, signal), AT_ONCE, async (container) => {
    const table = container.slice(prefix.length);
    present.add(container);
    if (!findTable(table)) found.push(unknownTable(table, of));
    const newest = await newestBlob(blobs, container, signal);
    const { longestGapMs = 0 } = records[container] ?? {};
    if (!newest) {
      found.push(silence(table, of, 'its container is empty'));
      return;
    }
    const { lastModified } = newest.written;
    const record = { lastWrite: lastModified, longestGapMs, gapOn: 0 };
    if (!isSilent(record, clock.now(), config.sweep.silent_after)) return;
    const pause = longestGapMs > 0 ? `, its longest pause before was ${formatAge(longestGapMs)}` : '';
    found.push(
      silence(table, of, `nothing was written for ${formatAge(clock.now() - lastModified)}${pause}`),
    );
  });
  for (const container of Object.keys(records)) {
    if (!container.startsWith(prefix) || present.has(container)) continue;
    found.push(
      warning(
        `${container.slice(prefix.length)}${of} is no longer written: its container is gone`,
        'if nobody has deleted it on purpose, choose the table in the Streaming API item again; Defender creates the container anew',
      ),
    );
  }
  const missing = OFFERED.filter((table) => !present.has(prefix + table.toLowerCase()));
  if (present.size > 0 && missing.length > 0) found.push(notEnabled(missing, of));
  return found;
}

function silence(table: string, of: string, why: string): Finding {
  return warning(
    `${table}${of} is enabled but silent: ${why}`,
    'check that the table is still chosen in the Streaming API item, and that the product which fills it reports; a rare table may rest for longer: sweep.silent_after',
  );
}

function unknownTable(table: string, of: string): Finding {
  return note(
    `${table}${of} is not in the schema: its rows are delivered, but rules on it are not checked`,
    'import its columns with "xdr-relay schema import" or "xdr-relay schema learn"',
  );
}

function notEnabled(missing: readonly string[], of: string): Finding {
  return note(
    `there is no container${of} for ${missing.join(', ')}`,
    'if you want them, choose them in the Streaming API item: no API tells which tables are chosen, and a container comes with the first row',
  );
}
