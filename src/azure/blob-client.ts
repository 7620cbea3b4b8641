/** Makes SDK clients for blobs by name, and refuses names that no blob or container can have. */
import { type BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';

/** Container names: 3 to 63 of lower-case letters, digits and single hyphens, or a system container (Microsoft Learn, "Naming and referencing containers, blobs, and metadata"). */
const CONTAINER = /^(?:\$(?:root|logs|web|blobchangefeed)|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/;

const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * A client for the blob with exactly this name; undefined when no blob can have it.
 *
 * URLs resolve the segments `.` and `..`, also percent-encoded: a name that has them could reach into another
 * container. Its slashes are encoded instead, which the service reads as the same name.
 */
export function blobClientOf(
  service: BlobServiceClient,
  container: string,
  name: string,
): BlockBlobClient | undefined {
  if (!CONTAINER.test(container) || name === '' || name.length > 1024 || !name.isWellFormed())
    return undefined;
  const parent = service.getContainerClient(container);
  if (!DOT_SEGMENT.test(name)) return parent.getBlockBlobClient(name);
  if (!name.includes('/')) return undefined;
  const url = new URL(parent.url);
  url.pathname = `${url.pathname}/${encodeURIComponent(name)}`;
  return new BlockBlobClient(url.href, service.credential);
}

/** True for a name that the service would take for a container. */
export function isContainerName(name: string): boolean {
  return CONTAINER.test(name);
}
