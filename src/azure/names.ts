/** Lists the names of blobs, and nothing else of them. */
import type { ContainerClient } from '@azure/storage-blob';
import { withDeadline } from '../shared/deadline.ts';
import { bodyOf } from './body.ts';
import { blobItemsOf, PAGE_SIZE } from './pages.ts';
import { sendPlain } from './pipeline.ts';
import { refusal } from './refusal.ts';

/**
 * The names of a container's blobs that begin with `prefix`, in the service's order. Throws the SDK's errors.
 *
 * The SDK makes an object of some forty properties for each blob; a listing of few blobs with plain names is read without it.
 *
 * @param timeoutMs the time limit for a listing of one page.
 */
export async function* blobNamesOf(
  container: ContainerClient,
  prefix: string,
  timeoutMs: number,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const names = namesIn(
    await withDeadline(timeoutMs, signal, (within) => firstPage(container, prefix, within)),
  );
  if (names) yield* names;
  else for await (const { name } of blobItemsOf(container, { prefix }, signal)) yield name;
}

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs */
async function firstPage(container: ContainerClient, prefix: string, signal: AbortSignal): Promise<string> {
  const url = new URL(container.url);
  const signature = url.search === '' ? '' : `&${url.search.slice(1)}`;
  const which = `prefix=${encodeURIComponent(prefix)}&maxresults=${PAGE_SIZE}`;
  url.search = `restype=container&comp=list&${which}${signature}`;
  const reply = await sendPlain(container, { method: 'GET', url: url.href }, signal);
  if (reply.status !== 200) throw refusal(reply);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyOf(reply) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Undefined where there is another page, or a name that XML writes otherwise than it is. */
function namesIn(text: string): readonly string[] | undefined {
  if (!/<NextMarker *(?:\/>|><\/NextMarker>)/.test(text)) return undefined;
  const names = [...text.matchAll(/<Name>([^<&]+)<\/Name>/g)].map(([, name = '']) => name);
  return names.length === text.split('<Blob>').length - 1 ? names : undefined;
}
