/** Asks for the properties of a blob. */
import type { BlobServiceClient } from '@azure/storage-blob';
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
  const { headers } = reply;
  const length = headers.get('content-length');
  if (length === undefined) throw new Error('the reply does not say how long the blob is');
  const createdOn = dateIn(headers.get('x-ms-creation-time'));
  const lastModified = dateIn(headers.get('last-modified'));
  const expiresOn = dateIn(headers.get('x-ms-expiry-time'));
  const blobType = headers.get('x-ms-blob-type');
  const accessTier = headers.get('x-ms-access-tier');
  const etag = headers.get('etag');
  const date = dateIn(headers.get('date'));
  return {
    contentLength: Number(length),
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
