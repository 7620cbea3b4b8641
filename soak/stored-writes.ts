/** Writes to the storage account exactly once, even if responses are lost. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendBlobClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { RestError } from '@azure/storage-blob';

const PAUSE_MS = 200;

/** Retries `work` until it succeeds or the signal is aborted, because Azurite is restarted at times. */
export async function insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnexpectedState) throw error;
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}

/** The blob is not in a state in which this writer can have left it. */
export class UnexpectedState extends Error {}

/** Appends `bytes` at `position` exactly once, even if a response is lost. */
export async function appendOnce(
  client: AppendBlobClient,
  bytes: Buffer,
  position: number,
  signal: AbortSignal,
): Promise<void> {
  await insist(async () => {
    const { contentLength = 0 } = await client.getProperties();
    if (contentLength === position + bytes.length) return;
    if (contentLength !== position) {
      throw new UnexpectedState(`${client.name} has ${contentLength} bytes instead of ${position}`);
    }
    await client.appendBlock(bytes, bytes.length, { conditions: { appendPosition: position } });
  }, signal);
}

/** Creates an empty append blob, unless an earlier try has created it. */
export async function createOnce(client: AppendBlobClient, signal: AbortSignal): Promise<void> {
  await insist(
    () => client.create({ conditions: { ifNoneMatch: '*' } }).then(() => {}, ignoreExisting),
    signal,
  );
}

export async function putOnce(client: BlockBlobClient, content: Buffer, signal: AbortSignal): Promise<void> {
  await insist(
    () =>
      client
        .upload(content, content.length, { conditions: { ifNoneMatch: '*' } })
        .then(() => {}, ignoreExisting),
    signal,
  );
}

/** Replaces the content of a blob in place, by a block list. */
export async function putBlocks(
  client: BlockBlobClient,
  content: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const id = Buffer.from(crypto.randomUUID()).toString('base64');
  await insist(async () => {
    await client.stageBlock(id, content, content.length);
    await client.commitBlockList([id]);
  }, signal);
}

export async function createContainer(client: ContainerClient, signal: AbortSignal): Promise<void> {
  await insist(() => client.createIfNotExists(), signal);
}

function ignoreExisting(error: unknown): void {
  if (error instanceof RestError && error.statusCode === 409) return;
  throw error;
}
