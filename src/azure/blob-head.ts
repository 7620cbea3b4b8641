/** Asks for the properties of a blob, alone or with a part of it. */
import type { Readable } from 'node:stream';
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { bodyOf } from './body.ts';
import type { PlainReply } from './direct.ts';
import { sendPlain } from './pipeline.ts';
import { refusal } from './refusal.ts';

/** What the reply to a HEAD of a blob says, as far as the relay reads it; named as the SDK names it. */
export interface BlobHead {
  readonly contentLength: number;
  readonly createdOn?: Date;
  readonly lastModified?: Date;
  readonly expiresOn?: Date;
  /** `AppendBlob`, `BlockBlob`, `PageBlob`. */
  readonly blobType?: string;
  readonly accessTier?: string;
  /** In quotes. */
  readonly etag?: string;
  /** The service's time. */
  readonly date?: Date;
}

/**
 * "Get Blob Properties" of the blob with this address. Throws a RestError with the status and code of any other reply than 200, and what the SDK
 * throws where there is none. Throws also where the length is missing, as behind a proxy that compresses: a blob without a length would pass for one that
 * was emptied, and its rows for lost.
 * https://learn.microsoft.com/rest/api/storageservices/get-blob-properties
 */
export async function headOf(
  service: BlobServiceClient,
  url: string,
  signal: AbortSignal,
): Promise<BlobHead> {
  const reply = await sendPlain(service, { method: 'HEAD', url }, signal);
  if (reply.status !== 200) throw refusal(reply);
  const length = reply.headers.get('content-length');
  if (length === undefined) throw new Error('the reply does not say how long the blob is');
  return headIn(reply.headers, Number(length));
}

/** A part of a blob, and what the reply says of the whole. */
export interface BlobPart {
  readonly head: BlobHead;
  /** Where it begins. */
  readonly start: number;
  readonly body: Readable;
}

/**
 * "Get Blob" of at most `count` bytes from `from` on, of the blob with this address. Undefined where the reply is no part of a blob. Throws a RestError with
 * the status and code of any other reply, and what the SDK throws where there is none.
 * https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
export async function partOf(
  client: BlockBlobClient,
  from: number,
  count: number,
  signal: AbortSignal,
): Promise<BlobPart | undefined> {
  const headers = { 'x-ms-range': `bytes=${from}-${from + count - 1}` };
  const reply = await sendPlain(client, { method: 'GET', url: client.url, headers }, signal);
  if (reply.status !== 200 && reply.status !== 206) throw refusal(reply);
  const body = bodyOf(reply);
  const range = rangeIn(reply.headers.get('content-range'));
  if (body && range) return { head: headIn(reply.headers, range.whole), start: range.start, body };
  body?.destroy();
  return undefined;
}

/** Where the bytes begin, and the length of the whole, in a `Content-Range: bytes 5-9/10`; undefined where it is none. RFC 9110, section 14.4. */
export function rangeIn(
  contentRange: string | undefined,
): { readonly start: number; readonly whole: number } | undefined {
  const [, start, whole] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(contentRange ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), whole: Number(whole) };
}

/** @param contentLength of the whole blob. */
function headIn(headers: PlainReply['headers'], contentLength: number): BlobHead {
  const createdOn = dateIn(headers.get('x-ms-creation-time'));
  const lastModified = dateIn(headers.get('last-modified'));
  const expiresOn = dateIn(headers.get('x-ms-expiry-time'));
  const blobType = headers.get('x-ms-blob-type');
  const accessTier = headers.get('x-ms-access-tier');
  const etag = headers.get('etag');
  const date = dateIn(headers.get('date'));
  return {
    contentLength,
    ...(createdOn && { createdOn }),
    ...(lastModified && { lastModified }),
    ...(expiresOn && { expiresOn }),
    ...(blobType !== undefined && { blobType }),
    ...(accessTier !== undefined && { accessTier }),
    ...(etag !== undefined && { etag }),
    ...(date && { date }),
  };
}

/** RFC 9110, section 5.6.7; undefined where there is none, or it is no date. */
function dateIn(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text);
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}
