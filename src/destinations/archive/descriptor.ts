/** What others need to know of the destination `archive`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { accountOf } from './account.ts';
import { archiveConfig } from './config.ts';
import { archiveLines } from './encode.ts';
import { MOST_ROWS } from './row-keys.ts';
import { archiveSender } from './send.ts';

export const archive: HttpDescriptor<typeof archiveConfig> & { readonly audience: 'machines' } = {
  type: 'archive',
  title: 'archives in Azure Storage',
  who: 'Azure Storage',
  audience: 'machines',
  needs: 'http',
  config: archiveConfig,
  // Each batch costs two write operations, whatever its size.
  defaults: { batch: { items: MOST_ROWS, bytes: 8_388_608, ageMs: 5_000 }, concurrency: 8 },
  batch: (_, limits) => ({ ...limits, items: Math.min(limits.items, MOST_ROWS) }),
  timeoutMs: 60_000,
  // A list of blocks.
  maxReplyBytes: 8_388_608,
  shape: 'raw',
  encode: archiveLines,
  addresses: (config) => [accountOf(config)?.endpoint ?? ''],
  secrets: (config) => {
    const { key, sas } = accountOf(config) ?? {};
    const values = sas === undefined ? [] : [...new URLSearchParams(sas).values()];
    const signatures = values.filter((value) => value.length >= 16);
    return [
      ...(key ? [key.secret] : []),
      ...(config.client_secret === undefined ? [] : [config.client_secret]),
      ...(sas === undefined ? [] : [sas]),
      ...signatures,
      ...signatures.map(encodeURIComponent),
    ];
  },
  secretLooks: [/\b(AccountKey=)[\w+/=]{8,}/gi, /\b(sig=)[\w%+/=-]{8,}/gi],
  send: archiveSender,
  least: { type: 'archive', account: 'contosoarchive' },
  example: `archive:
  type: archive
  # The relay signs in as it does to its own storage account, and needs the role Storage Blob Data Contributor on the container.
  account: contosoarchive
  container: xdr-archive
`,
  variables: [],
  inNewFile: 'off',
  docs: 'A batch is accepted when Azure Storage has committed it as a block of the blob of its table, hour and source blob. Rows that are read again after a crash are there once. See docs/destinations/archive.md.',
};
