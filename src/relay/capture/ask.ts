/** Begins and ends captures, and tells of them, for the people who ask. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { readAny } from '../../checkpoints/read-any.ts';
import {
  ONE_TRY,
  replacingDamaged,
  sharedDocument,
  updateDocument,
} from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import {
  askedIn,
  askedName,
  CAPTURE_PREFIX,
  type Capture,
  type Captured,
  isAsked,
  KEPT_MS,
  keptIn,
  keptName,
  MOST_CAPTURES,
} from './document.ts';

export interface AskedFor {
  /** In lower case. */
  readonly table: string;
  readonly by: string;
  /** At most {@link MOST_ROWS}. */
  readonly rows: number;
  /** At most {@link LONGEST_MS}. */
  readonly ms: number;
}

/**
 * Asks all consumers to keep the next rows of a table, in place of what was asked for before. Throws RelayError `too_many_captures`, and
 * CheckpointError.
 */
export async function startCapture(
  documents: StateDocuments,
  clock: Pick<Clock, 'now'>,
  { table, by, rows, ms }: AskedFor,
): Promise<Capture> {
  const others = (await captures(documents, clock)).filter((one) => one.table !== table);
  if (others.length >= MOST_CAPTURES) {
    throw new RelayError('too_many_captures', `${MOST_CAPTURES} tables are captured already`);
  }
  const now = clock.now();
  const capture: Capture = {
    v: 1,
    id: crypto.randomUUID(),
    table,
    by: by.slice(0, 300),
    startedOn: now,
    until: now + ms,
    most: rows,
  };
  const document = replacingDamaged(sharedDocument(documents, askedName(table), askedIn));
  const outcome = await updateDocument<Capture, undefined>(
    document,
    () => ({ write: capture, result: undefined }),
    ONE_TRY,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
  return capture;
}

/** Ends a capture, and with `forget` removes the rows that were kept. Resolves with whether there was anything. Throws CheckpointError. */
export async function stopCapture(
  documents: StateDocuments,
  table: string,
  { forget }: { readonly forget: boolean },
): Promise<boolean> {
  const names = [askedName(table), ...(forget ? [keptName(table)] : [])];
  const there = await Promise.all(names.map(async (name) => (await readAny(documents, name)) !== undefined));
  await Promise.all(names.map((name) => documents.remove(name)));
  return there.includes(true);
}

/** The captures that are under way. Throws CheckpointError. */
export async function captures(
  documents: StateDocuments,
  clock: Pick<Clock, 'now'>,
  signal?: AbortSignal,
): Promise<readonly Capture[]> {
  const found: Capture[] = [];
  for await (const name of documents.list(CAPTURE_PREFIX, signal)) {
    if (!isAsked(name)) continue;
    const capture = askedIn((await readAny(documents, name, signal))?.value);
    if (capture && capture.until > clock.now()) found.push(capture);
    if (found.length > MOST_CAPTURES) break;
  }
  return found;
}

/** The rows that were kept of a table; undefined if there are none. Throws CheckpointError. */
export async function capturedRows(
  documents: StateDocuments,
  clock: Pick<Clock, 'now'>,
  table: string,
  signal?: AbortSignal,
): Promise<Captured | undefined> {
  const kept = keptIn((await readAny(documents, keptName(table), signal))?.value);
  return kept && kept.startedOn + KEPT_MS > clock.now() ? kept : undefined;
}
