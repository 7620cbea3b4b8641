/** An archive in the demo's own storage account, which is read back as the relay reads a source. */
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient, type ContainerClient, RestError } from '@azure/storage-blob';
import { offsetsIn } from '../../lab/receivers/archive-offsets.ts';
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { variable } from '../../lab/relay-config.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { BlobError } from '../../src/blobs/errors.ts';
import type { BlobEntry, BlobStore } from '../../src/blobs/port.ts';
import { parseRow } from '../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../src/blobs/rows/raw-row.ts';
import { detectFormat, readRows } from '../../src/blobs/rows/read-rows.ts';
import { type Arrivals, ON_LOOPBACK, type StandKind } from './stand.ts';

const CONTAINER = 'xdr-archive';
/** The folder of alerts: these are no rows of Defender. */
const ALERTS = 'XdrRelayAlerts/';
const ROW_LIMIT = 4_194_304;
/** How often it looks; reading takes a tenth of the time at most, however large the archive has become. Milliseconds. */
const LOOK_MS = 500;
const MOST_MS = 15_000;
const SHARE = 10;

export const archive: StandKind = {
  name: 'archive',
  audience: 'machines',
  title: 'an archive in Azure Storage',
  async start(arrivals, { connectionString, account }) {
    const service = BlobServiceClient.fromConnectionString(connectionString);
    const container = service.getContainerClient(CONTAINER);
    await container.createIfNotExists();
    const over = new AbortController();
    const store = createAzureBlobStore(service, account);
    const reading = follow({ store, container, arrivals }, over.signal);
    return {
      entry: {
        type: 'archive',
        connection_string: variable('LAB_STORAGE'),
        container: CONTAINER,
        ...ON_LOOPBACK,
      },
      secrets: {},
      async close() {
        over.abort();
        await reading;
      },
    };
  },
};

interface Reader {
  readonly store: BlobStore;
  readonly container: ContainerClient;
  readonly arrivals: Arrivals;
}

/** What of a blob was told already. */
interface Told {
  readonly etag: string;
  /** By line, how often. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Tells of each row in the archive once for each time that it is there, until the signal is aborted. */
async function follow(reader: Reader, signal: AbortSignal): Promise<void> {
  const told = new Map<string, Told>();
  while (!signal.aborted) {
    const began = performance.now();
    try {
      for await (const blob of reader.store.list(CONTAINER, '', signal)) {
        const { name } = blob.ref;
        const known = told.get(name);
        if (known?.etag === blob.etag) continue;
        told.set(name, { etag: blob.etag, lines: await tellOfNew(reader, blob, known?.lines) });
      }
    } catch (error) {
      // The blob was written meanwhile, or Azurite ends: what is missing in the end is reported as lost.
      if (!(error instanceof BlobError) && !(error instanceof RestError) && !signal.aborted) throw error;
    }
    const wait = Math.min(MOST_MS, Math.max(LOOK_MS, SHARE * (performance.now() - began)));
    await delay(wait, undefined, { signal }).catch(() => {});
  }
}

/** Tells of the lines that were not there before. Blocks stand in the order of their rows, so what is new may be anywhere in the blob. */
async function tellOfNew(
  reader: Reader,
  blob: BlobEntry,
  before: Told['lines'] = new Map(),
): Promise<Told['lines']> {
  const seen = new Map<string, number>();
  for (const { key, arrived } of await linesOf(reader, blob)) {
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times > (before.get(key) ?? 0)) arrived();
  }
  return seen;
}

/** A line of the archive. */
interface Line {
  readonly key: string;
  /** Tells of it. */
  arrived(): void;
}

async function linesOf({ store, container, arrivals }: Reader, blob: BlobEntry): Promise<readonly Line[]> {
  const raws: RawRow[] = [];
  const { ref, length } = blob;
  const format = await detectFormat(store, ref, blob);
  for await (const page of readRows(store, ref, { start: 0, length, format, rowLimit: ROW_LIMIT })) {
    if (page.kind === 'rows') raws.push(...page.rows);
  }
  if (ref.name.startsWith(ALERTS)) return raws.map((raw) => alertOf(raw, arrivals));
  const { source, offsets } = await placesOf(container, blob);
  if (offsets.length !== raws.length)
    throw new Error(`${ref.name}: ${raws.length} rows, ${offsets.length} offsets`);
  return raws.map((raw, at) => rowOf(raw, { blob: source, offset: offsets[at] ?? -1 }, arrivals));
}

/** Where the rows of a blob are from: rules may have changed them, so their content does not say it. */
async function placesOf(container: ContainerClient, { ref, etag }: BlobEntry) {
  const client = container.getBlockBlobClient(ref.name);
  const { committedBlocks = [] } = await client.getBlockList('committed');
  const content = await client.downloadToBuffer(0, undefined, { conditions: { ifMatch: etag } });
  const { metadata } = await client.getProperties();
  // What is sent again on purpose is written without blocks, as one member.
  const sizes = committedBlocks.length > 0 ? committedBlocks.map(({ size }) => size) : [content.length];
  return { source: decodeURI(metadata?.source ?? ''), offsets: offsetsIn(content, sizes) };
}

function rowOf(
  raw: RawRow,
  place: { readonly blob: string; readonly offset: number },
  { arrivedAt }: Arrivals,
): Line {
  if (!parseRow(raw, CONTAINER, ROW_LIMIT).ok) throw new Error('a line of the archive is no row');
  return { key: String(place.offset), arrived: () => arrivedAt(place) };
}

function alertOf({ bytes }: RawRow, { arrivedInAnyOrder }: Arrivals): Line {
  const arrival = arrivedInEnvelope(JSON.parse(bytes.toString()));
  return { key: `${arrival.rule} ${arrival.offset}`, arrived: () => arrivedInAnyOrder(arrival) };
}
