/** Listings of Azure Storage in pages of a hundred, so that few blobs are more than a page: each costs Azurite some milliseconds to write. */
import type { BlobServiceClient } from '@azure/storage-blob';

const PAGE = 100;

/** What is more than two pages. */
export const MANY = 2 * PAGE + 50;

/** The same service, whose containers list so few blobs at once, whatever page is asked for. test/long/listings.test.ts has whole pages. */
export function withSmallPages(service: BlobServiceClient): BlobServiceClient {
  const containerClient = service.getContainerClient.bind(service);
  service.getContainerClient = (name) => {
    const client = containerClient(name);
    const flat = client.listBlobsFlat.bind(client);
    const byFolder = client.listBlobsByHierarchy.bind(client);
    client.listBlobsFlat = (options) => inPages(flat(options));
    client.listBlobsByHierarchy = (delimiter, options) => inPages(byFolder(delimiter, options));
    return client;
  };
  return service;
}

interface Paged<Page> {
  byPage(options: { maxPageSize?: number }): Page;
}

function inPages<Page, Listing extends Paged<Page>>(listing: Listing): Listing {
  const byPage = listing.byPage.bind(listing);
  return Object.assign(listing, { byPage: () => byPage({ maxPageSize: PAGE }) });
}
