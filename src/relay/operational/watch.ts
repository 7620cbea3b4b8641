/**
 * Tells people of the relay's own troubles, and of their end. What was told is in one document that all consumers and both hosts share, so
 * that each trouble is told once. A message is in that document before it is handed to its destination: a crash in between repeats the
 * handing over, which stores nothing twice.
 */
import type { OperationalMessage } from '../../alerts/message.ts';
import { type Patience, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { slept } from '../../shared/slept.ts';
import { advance, type Book, type BookSettings, bookSchema, EMPTY_BOOK, withoutPending } from './book.ts';
import { type KnownTroubles, OPERATIONAL_DOCUMENT } from './known.ts';
import { type ObserveDeps, seenByListing, seenDestinations } from './observe.ts';
import type { Kind } from './trouble.ts';

export interface OperationalDeps extends ObserveDeps {
  readonly metrics: Metrics;
  readonly known: Pick<KnownTroubles, 'set'>;
  /** The destinations of relay.yaml, and whether this process knows them to be out of service. */
  readonly destinations: () => Iterable<{ readonly name: string; readonly isOpen: boolean }>;
  /** Stores a message for a destination, which is then told. Stores none twice. */
  readonly announce: (destination: string, message: OperationalMessage) => Promise<void>;
}

export interface OperationalSettings extends BookSettings {
  /** `sweep.silent_after`. Milliseconds. */
  readonly silentAfterMs: number;
}

/** How often a consumer looks; a look reads one document. Milliseconds. */
const LOOK_MS = 60_000;
/** How often any consumer looks at what has to be listed, which is billed like writes. Milliseconds. */
const LIST_MS = 10 * 60_000;
const PATIENCE: Patience = { tries: 5 };

/** Looks until stopped. @param settings now; undefined: nobody is to be told. */
export async function watchOperational(
  deps: OperationalDeps,
  settings: () => OperationalSettings | undefined,
  stop: AbortSignal,
): Promise<void> {
  while (await slept(deps.clock, LOOK_MS * (0.9 + Math.random() * 0.2), stop)) {
    await lookOnce(deps, settings(), stop);
  }
}

/** Looks once, and hands over what is to be told. Errors are logged, because the next look tries again. */
export async function lookOnce(
  deps: OperationalDeps,
  settings: OperationalSettings | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  if (settings === undefined || settings.to.length === 0) {
    deps.known.set(undefined);
    return;
  }
  try {
    await look(deps, settings, signal);
  } catch (error) {
    if (signal.aborted) return;
    deps.logger.warn('Troubles of the relay could not be told; the next look tries again', {
      ...loggedError(error),
    });
  }
}

/** The kinds whose subjects are destinations. */
const OF_DESTINATIONS: ReadonlySet<Kind> = new Set(['destination', 'disabled']);

async function look(
  deps: OperationalDeps,
  settings: OperationalSettings,
  signal: AbortSignal,
): Promise<void> {
  const { clock, documents } = deps;
  const document = sharedDocument<Book>(
    documents,
    OPERATIONAL_DOCUMENT,
    (value) => bookSchema.safeParse(value).data,
    signal,
  );
  let known = await document.load();
  const book = known.value ?? EMPTY_BOOK;
  const listed = clock.now() - book.listedAt;
  // A time in the future is that of a consumer with a wrong clock.
  const isListing = listed >= LIST_MS || listed < 0;
  const told = book.troubles.flatMap(({ kind, subjects }) => (OF_DESTINATIONS.has(kind) ? subjects : []));
  // Between listings only those are read that this process knows to be out of service: one that it sends nothing is another's to report.
  const suspected = [...deps.destinations()].filter(({ isOpen }) => isOpen || isListing);
  const names = [...suspected.map(({ name }) => name), ...told];
  const seen = {
    ...(await seenDestinations(deps, names, signal)),
    ...(isListing && (await seenByListing(deps, settings.silentAfterMs, signal))),
  };
  const now = clock.now();
  const outcome = await updateDocument<Book, Book>(
    document,
    (current = EMPTY_BOOK) => {
      const next = advance(current, seen, now, settings);
      const write = isListing ? { ...next, listedAt: now } : next;
      return write === current ? { keep: current } : { write, result: write };
    },
    PATIENCE,
    known,
  );
  if (outcome.kind === 'busy') return;
  if (outcome.kind === 'written') known = outcome.version;
  deps.known.set(outcome.result);
  if (outcome.result.pending.length === 0) return;
  const done = await handOver(deps, outcome.result.pending, settings.to, signal);
  await updateDocument<Book, undefined>(
    document,
    (current = EMPTY_BOOK) => {
      const next = withoutPending(current, done);
      return next === current ? { keep: undefined } : { write: next, result: undefined };
    },
    PATIENCE,
    known,
  );
}

/** Announces what waits. Stops at the first failure of a destination's, and goes on with the others. */
async function handOver(
  { announce, logger, metrics }: OperationalDeps,
  pending: Book['pending'],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Book['pending']> {
  const done: Book['pending'] = [];
  const failed = new Set<string>();
  for (const one of pending) {
    signal.throwIfAborted();
    const { to, message } = one;
    // The end of a trouble must not be told before its beginning.
    if (failed.has(to)) continue;
    // Somebody has taken the destination out of relay.yaml's list since.
    if (!wanted.includes(to)) {
      done.push(one);
      continue;
    }
    try {
      await announce(to, message);
      metrics.count('xdr_relay_operational_messages_total', { destination: to, result: message.phase });
      done.push(one);
    } catch (error) {
      failed.add(to);
      logger.warn('A trouble of the relay could not be handed over', {
        destination: to,
        ...loggedError(error),
      });
    }
  }
  return done;
}
