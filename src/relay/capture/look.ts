/** Looks for captures in the state, and removes what has expired. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import { readAny } from '../../checkpoints/read-any.ts';
import type { Clock } from '../../shared/clock.ts';
import { askedIn, CAPTURE_PREFIX, type Capture, isAsked, isKept, KEPT_MS, keptIn } from './document.ts';

/** Documents that are looked at; there are two for each table that was captured in the last hour. */
const MOST_LISTED = 200;

interface Known {
  readonly etag: string;
  /** When it is removed, ms since the epoch. */
  readonly expires: number;
}

/** The looks of one process: one listing each, and each capture's document; captured rows are read once. */
export class CaptureLooks {
  #kept = new Map<string, Known>();

  /** The captures that are under way. Throws CheckpointError, and the signal's reason. */
  async look(
    documents: StateDocuments,
    clock: Pick<Clock, 'now'>,
    signal?: AbortSignal,
  ): Promise<readonly Capture[]> {
    const names: string[] = [];
    for await (const name of documents.list(CAPTURE_PREFIX, signal)) {
      if (isAsked(name) || isKept(name)) names.push(name);
      if (names.length === MOST_LISTED) break;
    }
    const now = clock.now();
    const captures: Capture[] = [];
    for (const name of names.filter(isAsked)) {
      const found = await readAny(documents, name, signal);
      if (!found) continue;
      const capture = askedIn(found.value);
      if (capture && capture.until > now) captures.push(capture);
      else await removed(documents, name, found.etag);
    }
    const kept = new Map<string, Known>();
    for (const name of names.filter(isKept)) {
      const known = this.#kept.get(name) ?? (await this.#readKept(documents, name, signal));
      if (!known) continue;
      const isGone = known.expires <= now && (await removed(documents, name, known.etag));
      // Where it was written again meanwhile, it is read again at the next look.
      if (known.expires > now && !isGone) kept.set(name, known);
    }
    this.#kept = kept;
    return captures;
  }

  async #readKept(
    documents: StateDocuments,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Known | undefined> {
    const found = await readAny(documents, name, signal);
    const captured = keptIn(found?.value);
    return found && { etag: found.etag, expires: captured ? captured.startedOn + KEPT_MS : 0 };
  }
}

/** Whether it is removed: not where somebody wrote it meanwhile. */
async function removed(documents: StateDocuments, name: string, etag: string): Promise<boolean> {
  try {
    await documents.remove(name, etag);
    return true;
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'checkpoint_conflict') return false;
    throw error;
  }
}
