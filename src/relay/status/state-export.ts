/** Exports the whole state: checkpoints and shared documents, without claims, figures of processes and captured rows. */
import type { BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import type { CheckpointSummary } from '../../checkpoints/summary.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { ACTIVITY_FOLDER } from '../activity/document.ts';
import { isAsked, isKept } from '../capture/document.ts';
import type { StateLine } from './state-lines.ts';
import { watchedContainers } from './watch.ts';

export interface StateDeps {
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly clock: Clock;
}

export interface ExportOptions {
  readonly containerPrefix: string;
  readonly signal: AbortSignal;
  /** Called for each checkpoint or document that this version cannot read, which is left out. */
  readonly onUnreadable: (name: string, message: string) => void;
  readonly onContainers?: (count: number) => void;
  readonly onContainer?: () => void;
}

const AT_ONCE = 16;

/**
 * Yields the lines of an export. Consumers may run meanwhile; each checkpoint is exported as it is when it is read. Throws BlobError,
 * CheckpointError and the signal's reason.
 */
export async function* exportState(deps: StateDeps, options: ExportOptions): AsyncGenerator<StateLine> {
  const { blobs, checkpoints, documents, clock } = deps;
  const { containerPrefix, signal } = options;
  yield { kind: 'xdr-relay-state', v: 1, account: blobs.account, exportedOn: clock.now() };
  const ended = { checkpoints: 0, documents: 0 };

  const containers = new Set(await watchedContainers(documents, signal));
  for await (const container of blobs.containers(containerPrefix, signal)) containers.add(container);
  options.onContainers?.(containers.size);
  for (const container of [...containers].sort()) {
    const load = async ({ name }: CheckpointSummary): Promise<StateLine | undefined> => {
      const ref = { account: blobs.account, container, name };
      const stored = await unlessUnreadable(options, `${container}/${name}`, () =>
        checkpoints.load(ref, signal),
      );
      return stored && { kind: 'checkpoint', container, name, checkpoint: stored.checkpoint };
    };
    for await (const line of inBatches(checkpoints.list(container, '', signal), load)) {
      ended.checkpoints += 1;
      yield line;
    }
    options.onContainer?.();
  }
  const read = async (name: string): Promise<StateLine | undefined> => {
    const stored = await unlessUnreadable(options, name, () => documents.get(name, signal));
    // The value was parsed from JSON, so it can be written as JSON.
    return stored && { kind: 'document', name, value: stored.value };
  };
  for await (const line of inBatches(lasting(documents.list('', signal)), read)) {
    ended.documents += 1;
    yield line;
  }
  yield { kind: 'end', ...ended };
}

/**
 * Without documents that are about running processes, and captured rows: these must be gone after an hour, also from files that people
 * keep. The console's audit log stays.
 */
async function* lasting(names: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const name of names) {
    if (!name.startsWith(ACTIVITY_FOLDER) && !isAsked(name) && !isKept(name)) yield name;
  }
}

async function unlessUnreadable<T>(
  { onUnreadable }: ExportOptions,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== 'checkpoint_unreadable') throw error;
    onUnreadable(name, messageOf(error));
    return undefined;
  }
}

/** Processes several items in parallel and yields their results in order. */
async function* inBatches<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R | undefined>,
): AsyncGenerator<R> {
  let batch: Promise<R | undefined>[] = [];
  const results = async () => {
    const done = await Promise.all(batch);
    batch = [];
    return done.filter((one) => one !== undefined);
  };
  for await (const item of items) {
    batch.push(work(item));
    if (batch.length === AT_ONCE) yield* await results();
  }
  yield* await results();
}
