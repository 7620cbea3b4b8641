/** Makes SDK clients for blobs by name, and rejects invalid names of blobs and containers. */
import { type BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { pipelineOf } from './pipeline.ts';

/** Container names: 3 to 63 of lower-case letters, digits and single hyphens, or a system container (Microsoft Learn, "Naming and referencing containers, blobs, and metadata"). */
const CONTAINER = /^(?:\$(?:root|logs|web|blobchangefeed)|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/;

const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** A client for the blob with exactly this name; undefined if the name is not valid. */
export function blobClientOf(
  service: BlobServiceClient,
  container: string,
  name: string,
): BlockBlobClient | undefined {
  const url = blobUrlOf(service, container, name);
  // By way of a client of the container, the SDK would make two clients for each request.
  return url === undefined ? undefined : new BlockBlobClient(url, pipelineOf(service));
}

/**
 * The address of the blob with exactly this name; undefined if the name is not valid.
 *
 * A URL parser resolves the segments `.` and `..`, also percent-encoded, so a name with such segments could reach another container.
 * In such a name the slashes are encoded, which the service reads as the same name.
 */
export function blobUrlOf(
  service: Pick<BlobServiceClient, 'url'>,
  container: string,
  name: string,
): string | undefined {
  if (!CONTAINER.test(container) || name === '' || name.length > 1024 || !name.isWellFormed())
    return undefined;
  if (DOT_SEGMENT.test(name) && !name.includes('/')) return undefined;
  const url = new URL(service.url);
  const path = DOT_SEGMENT.test(name) ? encoded(name) : name.split('/').map(encoded).join('/');
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(container)}/${path}`;
  return url.href;
}

/** As the SDK's clients encode an address: an apostrophe, too. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27');
}

/** Whether a name is a valid container name. */
export function isContainerName(name: string): boolean {
  return CONTAINER.test(name);
}
