/** Sends batches to the Logs Ingestion API of Azure Monitor. */
import { CLOUDS, cloudOfIngestion } from '../../azure/cloud.ts';
import type { ByteWriter } from '../../shared/byte-writer.ts';
import { byTokens } from '../authorization.ts';
import { postAuthorized } from '../authorized.ts';
import { createBodyBuffers } from '../body-buffers.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { entraTokens } from '../entra-token.ts';
import { DestinationRefusedError, RowsRefusedError } from '../errors.ts';
import { gzipped } from '../gzip.ts';
import type { Batch, EncodedDelivery } from '../port.ts';
import type { SentinelConfig } from './config.ts';
import { placeOf, type StreamPlace } from './place-of.ts';
import { sentinelTrouble } from './reply.ts';

const API_VERSION = '2023-01-01';
/** "Maximum size of API call: 1 MB, both compressed and uncompressed data" (Microsoft Learn, "Azure Monitor service limits", Logs Ingestion API). */
const MOST_BYTES = 1_048_576;
const BRACKETS = 2;

/**
 * `send` resolves when Azure Monitor has accepted each record: it stores them afterwards, and tells nobody what its transformation drops.
 *
 * Azure Monitor stores again what is posted again. So what one stream accepted before another one failed is not posted with the retry of
 * the batch: an alert that waits for its stream would otherwise multiply the rows beside it.
 */
export function sentinelSender(
  config: SentinelConfig,
  { http, clock, context, credentials }: HttpSenderDeps,
): Sender {
  const [first] = config.rules;
  const cloud = config.cloud ?? cloudOfIngestion(new URL(first?.endpoint ?? '').hostname) ?? 'public';
  const { audience } = CLOUDS[cloud].monitor;
  const authorization = byTokens(entraTokens(config, { cloud, audience }, { clock, credentials }));
  /** Of batches that failed. */
  const accepted = new WeakSet<EncodedDelivery>();
  const withBody = createBodyBuffers();
  return {
    async send(batch, signal) {
      checkSizes(batch);
      const parts = partsOf(config, batch, (item) => !accepted.has(item));
      for (const [index, part] of parts.entries()) {
        try {
          await post(part, signal);
        } catch (error) {
          for (const item of parts.slice(0, index).flatMap(({ items }) => items)) accepted.add(item);
          throw error;
        }
      }
    },
    reaches: (items) => items.some((item) => !accepted.has(item)),
  };

  async function post({ place: { rule, stream }, items, body }: Part, signal: AbortSignal): Promise<void> {
    const path = `dataCollectionRules/${rule.id}/streams/${stream}?api-version=${API_VERSION}`;
    const request = {
      method: 'POST',
      url: `${rule.endpoint.replace(/\/+$/, '')}/${path}`,
      body: await withBody(roomOf(items), ({ writer }) => gzipped(arrayOf(items, body, writer))),
    } as const;
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const { reply, secrets: own } = await postAuthorized(authorization, signal, (credential) =>
      http.send({ ...request, headers: { ...headers, authorization: credential?.value ?? '' } }, signal),
    );
    const { secrets, ...rest } = context();
    const trouble = sentinelTrouble(reply, { ...rest, secrets: [...secrets, ...own] });
    if (trouble) throw trouble;
  }
}

/** Records of one stream. */
interface Part {
  readonly place: StreamPlace;
  readonly items: readonly EncodedDelivery[];
  /** Where the part is the whole batch. */
  readonly body: Batch['body'] | undefined;
}

/** A batch holds the rows of one blob, which are nearly always of one table: alerts are the others. */
function partsOf(
  config: SentinelConfig,
  { items, body }: Batch,
  isLeft: (item: EncodedDelivery) => boolean,
): readonly Part[] {
  const left = items.filter(isLeft);
  const placed = left.map((item) => {
    const place = placeOf(config, item.head);
    if (place) return { item, place };
    throw new DestinationRefusedError(
      'not_found',
      `no entry of \`rules\` takes the table ${item.head.table.slice(0, 100)}`,
    );
  });
  const parts = [...Map.groupBy(placed, ({ place }) => `${place.rule.id} ${place.stream}`).values()];
  return parts.flatMap((part): readonly Part[] => {
    const [one] = part;
    if (one === undefined) return [];
    const isWhole = part.length === items.length;
    return [{ place: one.place, items: part.map(({ item }) => item), body: isWhole ? body : undefined }];
  });
}

/** A record that is too long for a call by itself would be refused each time. */
function checkSizes({ items }: Batch): void {
  const rows = items.flatMap(({ bytes }, index) => (bytes + BRACKETS > MOST_BYTES ? [index] : []));
  const [first] = rows;
  if (first === undefined) return;
  throw new RowsRefusedError(
    'too_large',
    `a record of ${items[first]?.bytes} bytes is larger than the 1 MB that Azure Monitor takes in a call`,
    { rows },
  );
}

/** The length of the array of these records, or a byte more. */
function roomOf(items: Part['items']): number {
  return items.reduce((sum, { bytes }) => sum + bytes + 1, BRACKETS);
}

function arrayOf(items: Part['items'], body: Part['body'], writer: ByteWriter): Uint8Array<ArrayBuffer> {
  writer.text('[');
  if (body) body.copy(writer);
  else {
    for (const [index, item] of items.entries()) {
      if (index > 0) writer.text(',');
      writer.bytes(item.payload());
    }
  }
  writer.text(']');
  return writer.peek();
}
