/** Asks for the properties of a blob. */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { type BlobServiceClient, RestError } from '@azure/storage-blob';
import { sendHead } from './pipeline.ts';

/** What the reply to a HEAD of a blob says, as far as the relay reads it; named as the SDK names it. */
export interface BlobHead {
  readonly contentLength?: number;
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
 * throws where there is none.
 * https://learn.microsoft.com/rest/api/storageservices/get-blob-properties
 */
export async function headOf(
  service: BlobServiceClient,
  url: string,
  signal: AbortSignal,
): Promise<BlobHead> {
  const reply = await sendHead(service, url, signal);
  if (reply.status !== 200) throw refusal(reply);
  const { headers } = reply;
  const length = headers.get('content-length');
  const createdOn = dateIn(headers.get('x-ms-creation-time'));
  const lastModified = dateIn(headers.get('last-modified'));
  const expiresOn = dateIn(headers.get('x-ms-expiry-time'));
  const blobType = headers.get('x-ms-blob-type');
  const accessTier = headers.get('x-ms-access-tier');
  const etag = headers.get('etag');
  const date = dateIn(headers.get('date'));
  return {
    ...(length !== undefined && { contentLength: Number(length) }),
    ...(createdOn && { createdOn }),
    ...(lastModified && { lastModified }),
    ...(expiresOn && { expiresOn }),
    ...(blobType !== undefined && { blobType }),
    ...(accessTier !== undefined && { accessTier }),
    ...(etag !== undefined && { etag }),
    ...(date && { date }),
  };
}

/** A refusal as the SDK's clients throw it: see {@link storageFailure}. The reply to a HEAD has no body that could say more. */
function refusal(reply: PipelineResponse): RestError {
  const { status: statusCode, headers, request } = reply;
  const errorCode = headers.get('x-ms-error-code');
  const error = new RestError(`HTTP ${statusCode}`, {
    statusCode,
    request,
    response: reply,
    ...(errorCode !== undefined && { code: errorCode }),
  });
  error.details = { errorCode, 'x-ms-request-id': headers.get('x-ms-request-id') };
  return error;
}

/** RFC 9110, section 5.6.7; undefined where there is none, or it is no date. */
function dateIn(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text);
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}
