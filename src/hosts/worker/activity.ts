/** Has an isolate write what it does into the state, where relay.yaml has a console that shows it. */
import { redact } from '../../config/redact.ts';
import { LastReplies } from '../../destinations/last-replies.ts';
import { removeOldActivity } from '../../relay/activity/read.ts';
import { type ActivityPorts, ActivityWriter } from '../../relay/activity/write.ts';
import type { CaptureBook } from '../../relay/capture/book.ts';
import { CaptureLooks } from '../../relay/capture/look.ts';
import { systemClock } from '../../shared/clock.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { loggedError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/version.ts';
import { type Figures, figureFamilies } from './figures.ts';

/** An isolate writes no oftener, at the end of an invocation. Milliseconds. */
const EVERY_MS = 30_000;
/** Old documents that an isolate removes: each takes two requests. */
const MOST_REMOVED = 5;
/** A write of an invocation that was cancelled is taken for lost after so long. Milliseconds. */
const LOST_MS = 60_000;

/** The activity of one isolate: plain data, so that it may outlive an invocation. */
export class WorkerActivity {
  readonly replies: LastReplies;
  #writer: ActivityWriter | undefined;
  readonly looks = new CaptureLooks();
  #tidied = false;
  #begunAt = Number.NEGATIVE_INFINITY;
  #isWriting = false;

  /** @param secrets what no text of a reply may repeat. */
  constructor({ secrets }: { readonly secrets: readonly string[] }) {
    this.replies = new LastReplies({ clock: systemClock, hide: (text) => redact(text, secrets) });
  }

  /** Removes what isolates wrote a day ago, a few documents once in the life of an isolate. Throws CheckpointError. */
  async tidy({ documents, clock }: ActivityPorts): Promise<void> {
    if (this.#tidied) return;
    this.#tidied = true;
    await withDeadline(LOST_MS, undefined, (signal) =>
      removeOldActivity(documents, clock, signal, MOST_REMOVED),
    );
  }

  /**
   * Writes what the isolate has counted, if it did not for a while: one request. Resolves when that is stored, or has failed; undefined where
   * nothing is due.
   */
  writeIfDue(figures: Figures, ports: ActivityPorts): Promise<void> | undefined {
    const { clock } = ports;
    const now = systemClock.monotonic();
    const age = now - this.#begunAt;
    if (age < EVERY_MS || (this.#isWriting && age < LOST_MS)) return undefined;
    this.#begunAt = now;
    this.#isWriting = true;
    this.#writer ??= new ActivityWriter(
      { kind: 'worker', host: 'worker', version: VERSION, everyMs: EVERY_MS, consumes: true },
      clock.now(),
    );
    this.#writer.fold(figureFamilies(figures), clock.now());
    const vitals = { memoryBytes: undefined, threads: 1, replies: this.replies.all };
    return this.#writer.write(ports, vitals).then(() => {
      this.#isWriting = false;
    });
  }
}

/** What of an isolate the console is told by. */
export interface Telling {
  readonly figures: Figures;
  /** Absent where there is no console. */
  readonly activity: WorkerActivity | undefined;
  /** Absent where nobody may capture rows. */
  readonly capture: CaptureBook | undefined;
}

/**
 * What an invocation does at its end for the console: writes activity where it is due, looks for captures then, and stores the rows that were
 * captured. Undefined where there is nothing to do. Never rejects.
 */
export function tellActivity(
  { activity, capture, figures }: Telling,
  ports: ActivityPorts,
): Promise<void> | undefined {
  const written = activity?.writeIfDue(figures, ports);
  if (!written && !capture?.isWaiting) return undefined;
  return (async () => {
    await Promise.all([written, capture?.store(ports)]);
    if (!activity || !written) return;
    try {
      await activity.tidy(ports);
      if (capture) capture.follow(await activity.looks.look(ports.documents, ports.clock));
    } catch (error) {
      ports.logger.debug('What lies in the state for the console could not be looked at', {
        ...loggedError(error),
      });
    }
  })();
}
