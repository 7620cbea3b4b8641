/** Writes batches into the blobs of the archive. */
import { createHash } from 'node:crypto';
import { cloudOfHost } from '../../azure/cloud.ts';
import { sourcePath } from '../../shared/event.ts';
import { type Authorization, byTokens } from '../authorization.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { entraTokens } from '../entra-token.ts';
import { gzipped } from '../gzip.ts';
import type { Batch, EncodedDelivery } from '../port.ts';
import { type ArchiveAccount, accountOf } from './account.ts';
import type { ArchiveConfig } from './config.ts';
import { withKeys } from './member.ts';
import { archiveParts, joined, type PartRows } from './parts.ts';
import { folderOf, partOf } from './place-of.ts';
import { keyOf, MOST_ROWS, writtenKeys } from './row-keys.ts';
import { archiveContainer, type BlobFacts, noAccount } from './storage.ts';

/** Metadata of a blob has at most 8 KiB. */
const LONGEST_SOURCE = 2_048;

/** `send` resolves when each row of the batch is in the archive. Rows that are read again after a crash are there once. @param mostBlocks of one blob. */
export function archiveSender(config: ArchiveConfig, deps: HttpSenderDeps, mostBlocks?: number): Sender {
  const account = accountOf(config);
  if (account === undefined) throw noAccount();
  const container = archiveContainer(
    { account, container: config.container, authorization: authorizationOf(config, account, deps) },
    deps,
  );
  const parts = archiveParts(container, mostBlocks);
  const facts = (item: EncodedDelivery): BlobFacts => ({
    metadata: { source: encodeURI(sourcePath(item.head.source).toWellFormed()).slice(0, LONGEST_SOURCE) },
    tier: config.access_tier,
  });
  return {
    async send(batch, signal) {
      signal.throwIfAborted();
      const { reading } = batch;
      if (reading === undefined) await again(batch, signal);
      else for (const part of partsOf(batch, reading)) await parts.add(part, signal);
    },
  };

  function partsOf(batch: Batch, reading: string): readonly PartRows[] {
    const byPart = Map.groupBy(batch.items, ({ head }) => partOf(head, reading));
    return [...byPart].flatMap(([part, items]) => {
      const isWhole = byPart.size === 1 && items.length <= MOST_ROWS;
      const body = isWhole ? batch.body : undefined;
      return chunks(items).flatMap((some): readonly PartRows[] => {
        const [first] = some;
        if (first === undefined) return [];
        return [{ part, rows: some.map((item) => ({ key: keyOf(item), item })), body, facts: facts(first) }];
      });
    });
  }

  /**
   * What is sent again on purpose has blobs of its own, named by what is in them: a repeated request finds its blob there. Dead letters are of
   * many source blobs, and an archive's blob names one.
   */
  async function again({ items }: Batch, signal: AbortSignal): Promise<void> {
    const bySource = Map.groupBy(items, ({ head }) => `${folderOf(head)}\n${sourcePath(head.source)}`);
    for (const ofSource of bySource.values()) {
      const inOrder = ofSource.toSorted((a, b) => a.head.source.offset - b.head.source.offset);
      for (const some of chunks(inOrder)) {
        const [first] = some;
        if (first === undefined) continue;
        const bytes = joined(some.map((item) => ({ item })));
        const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
        const name = `${folderOf(first.head)}again.${digest}.json.gz`;
        const member = withKeys(await gzipped(bytes), writtenKeys(some.map(keyOf)));
        await container.create(name, member, facts(first), signal);
      }
    }
  }
}

/** Of all clouds (Microsoft Learn, "Authorize access to blobs using Microsoft Entra ID"). */
const AUDIENCE = 'https://storage.azure.com';

function authorizationOf(
  config: ArchiveConfig,
  { endpoint, key, sas }: ArchiveAccount,
  { clock, credentials }: Pick<HttpSenderDeps, 'clock' | 'credentials'>,
): Authorization | undefined {
  if (key || sas !== undefined) return undefined;
  const cloud = config.cloud ?? cloudOfHost(new URL(endpoint).hostname) ?? 'public';
  return byTokens(entraTokens(config, { cloud, audience: AUDIENCE }, { clock, credentials }));
}

function chunks(items: readonly EncodedDelivery[]): readonly (readonly EncodedDelivery[])[] {
  const made: (readonly EncodedDelivery[])[] = [];
  for (let at = 0; at < items.length; at += MOST_ROWS) made.push(items.slice(at, at + MOST_ROWS));
  return made;
}
