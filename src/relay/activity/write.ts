/** Writes what a process did into the state, again and again while it runs. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { replacingDamaged, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import type { MetricFamily } from '../../shared/metric-families.ts';
import { orAborted } from '../../shared/or-aborted.ts';
import { slept } from '../../shared/slept.ts';
import { ACTIVITY_FOLDER, type ActivityDocument } from './document.ts';
import { ActivityRecorder, type ProcessFacts, type Vitals } from './recorder.ts';

/** How often a process writes. Milliseconds. */
export const WRITE_MS = 15_000;
/** When it first writes, so that it is soon seen. Milliseconds. */
const FIRST_MS = 2_000;
/** The time limit for the last write when a process stops, because an account that does not respond must not delay it. Milliseconds. */
const LAST_MS = 2_000;
/** A write is tried again once if the document is not as this process left it: its answer was lost, or the document was removed. */
const TRIES = 2;

/** The ports of a write. A Worker has others in each invocation. */
export interface ActivityPorts {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The document of one process: what it did, and where that is stored. Its methods must not run concurrently. */
export class ActivityWriter {
  /** Unique for each start; ids sort by the time of the start. */
  readonly id: string;
  readonly #recorder: ActivityRecorder;
  #etag: string | undefined;
  #isTroubled = false;

  /** @param now ms since the epoch. Before the process counts anything, see {@link ActivityRecorder}. */
  constructor(facts: ProcessFacts, now: number) {
    this.id = `${now.toString(36).padStart(9, '0')}-${crypto.randomUUID().slice(0, 13)}`;
    this.#recorder = new ActivityRecorder(facts, now);
  }

  /** Counts what grew since the last sample. */
  fold(sample: readonly MetricFamily[], now: number): void {
    this.#recorder.fold(sample, now);
  }

  /** Stores what was counted. Resolves with false where that failed, which is logged once. @param ended the process ends. */
  async write({ documents, clock, logger }: ActivityPorts, vitals: Vitals, ended = false): Promise<boolean> {
    try {
      const value = toJson(this.#recorder.document(clock.now(), vitals, ended));
      const document = sharedDocument(documents, ACTIVITY_FOLDER + this.id, (stored) => stored);
      const outcome = await updateDocument<JsonValue, undefined>(
        replacingDamaged(document),
        () => ({ write: value, result: undefined }),
        { tries: TRIES },
        { value: undefined, etag: this.#etag },
      );
      if (outcome.kind === 'busy') throw outcome.conflict;
      if (outcome.kind === 'written') this.#etag = outcome.version.etag;
      this.#isTroubled = false;
      return true;
    } catch (error) {
      logger[this.#isTroubled ? 'debug' : 'warn'](
        'What this process does cannot be written for the console, which shows it as stale meanwhile',
        { ...loggedError(error) },
      );
      this.#isTroubled = true;
      return false;
    }
  }
}

/** What a process is sampled by. */
export interface ActivitySource {
  /** All metrics of the process, its threads included, as they are now; bounded in time. */
  sample(): Promise<readonly MetricFamily[]>;
  vitals(): Vitals;
  /** Called after each write but the last: for what is looked for as often as activity is written. Its errors are logged. */
  look?(signal: AbortSignal): Promise<void>;
}

/** Writes at regular intervals until stopped, and once more then, which takes {@link LAST_MS} at most. Never throws. */
export async function writeActivityRegularly(
  ports: ActivityPorts,
  facts: ProcessFacts,
  source: ActivitySource,
  stop: AbortSignal,
): Promise<void> {
  const { clock, logger } = ports;
  const writer = new ActivityWriter(facts, clock.now());
  const write = async (ended: boolean) => {
    try {
      writer.fold(await source.sample(), clock.now());
    } catch (error) {
      logger.debug('The figures of this process cannot be read', { ...loggedError(error) });
    }
    await writer.write(ports, source.vitals(), ended);
    if (ended) return;
    try {
      await source.look?.(stop);
    } catch (error) {
      if (!stop.aborted) logger.debug('A look at the state failed', { ...loggedError(error) });
    }
  };
  let writing: Promise<void> = Promise.resolve();
  for (let ms = FIRST_MS; await slept(clock, ms, stop); ms = jittered(facts.everyMs)) {
    writing = write(false);
    // A write that hangs must not delay the end.
    await orAborted(writing, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
  const over = new AbortController();
  await Promise.race([writing.then(() => write(true)), slept(clock, LAST_MS, over.signal)]);
  over.abort();
}

/** Processes that were started together do not all write at the same moment. */
function jittered(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() * 0.2));
}

/** Without undefined members. */
const toJson = (document: ActivityDocument): JsonValue => JSON.parse(JSON.stringify(document));
