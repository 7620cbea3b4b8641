/** Has an isolate write what it does into the state, where relay.yaml has a console that shows it. */
import { redact } from '../../config/redact.ts';
import { LastReplies } from '../../destinations/last-replies.ts';
import { type ActivityPorts, ActivityWriter } from '../../relay/activity/write.ts';
import { systemClock } from '../../shared/clock.ts';
import { VERSION } from '../../shared/version.ts';
import { type Figures, figureFamilies } from './figures.ts';

/** An isolate writes no oftener, at the end of an invocation. Milliseconds. */
const EVERY_MS = 30_000;
/** A write of an invocation that was cancelled is taken for lost after so long. Milliseconds. */
const LOST_MS = 60_000;

/** The activity of one isolate: plain data, so that it may outlive an invocation. */
export class WorkerActivity {
  readonly replies: LastReplies;
  #writer: ActivityWriter | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #isWriting = false;

  /** @param secrets what no text of a reply may repeat. */
  constructor({ secrets }: { readonly secrets: readonly string[] }) {
    this.replies = new LastReplies({ clock: systemClock, hide: (text) => redact(text, secrets) });
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
      { kind: 'worker', host: 'worker', version: VERSION, everyMs: EVERY_MS },
      clock.now(),
    );
    this.#writer.fold(figureFamilies(figures), clock.now());
    const vitals = { memoryBytes: undefined, threads: 1, replies: this.replies.all };
    return this.#writer.write(ports, vitals).then(() => {
      this.#isWriting = false;
    });
  }
}
