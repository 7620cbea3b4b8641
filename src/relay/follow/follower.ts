/** The blobs that this process follows, and the loop that looks at them: see ARCHITECTURE.md beside this file. */
import { BlobError } from '../../blobs/errors.ts';
import type { StoredCheckpoint } from '../../checkpoints/port.ts';
import { encodeTask, type Task } from '../../queue/task.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import { codeOf, loggedError } from '../../shared/errors.ts';
import { untilTogether } from '../../shared/together.ts';
import { Wake } from '../../shared/wake.ts';
import type { Stopping } from '../source/deps.ts';
import type { RelaySource } from '../source/sources.ts';
import type { HintFate } from '../visit/consumer.ts';
import { BUSY_SECONDS, PASSING } from '../visit/passing.ts';
import { type Change, isSameContent, Progress } from '../visit/progress.ts';
import { lookDelayMs } from '../visit/schedule.ts';
import { decide } from '../visit/state.ts';
import {
  dropFor,
  type Following,
  type GoesOn,
  gather,
  lookAt,
  type VisitEnd,
  type VisitResult,
  visitClaimed,
} from '../visit/visit.ts';
import { BEAT_MS, Fleet, type FleetDeps, hintsFor, keyOf } from './fleet.ts';
import { hintFor, type Listed } from './heartbeat.ts';
import { Places } from './places.ts';
import { firstLoad, isIdle, loadAfter, mustLoad, peekFrom, togetherAt } from './rhythm.ts';
import { EXPECTED_LOAD, type Member, mayTake, surplusOf } from './share.ts';
import { StickyClaim } from './sticky-claim.ts';

export interface FollowerOptions {
  /** `hostname:pid`, for people. */
  readonly host: string;
  readonly cores: number;
  /** Blobs that are followed at most: `limits.follow`. */
  readonly capacity: number;
  /** Visits at once: `limits.blobs`. */
  readonly concurrency: number;
}

/** A blob in this process's hands. */
interface Followed {
  readonly key: string;
  readonly ref: BlobRef;
  readonly task: string;
  readonly source: RelaySource;
  readonly claim: StickyClaim;
  stored: StoredCheckpoint | undefined;
  /** What `stored` has, and the storage has not: offsets of the last visits. */
  deferred: readonly Change[];
  /** Monotonic, milliseconds, as all moments here. */
  loadedAt: number;
  wroteAt: number;
  dueAt: number;
  /** It is looked at together with others, at {@link togetherAt}. */
  isTogether: boolean;
  lookedAt: number;
  /** When a visit last read something. */
  grewAt: number;
  readonly takenAt: number;
  /** Since when a look is under way. */
  looking: number | undefined;
  /** A hint came, and has not been followed by a look. */
  isHinted: boolean;
  /** Hints that are being dropped on this process's word: until they are, it keeps the blob. */
  absorbing: number;
  /** The trace of the hint, until a visit has read something. */
  trace: string | undefined;
  isAllSent: boolean;
  load: number;
  /** Its hint is to go out, or has gone. */
  isLeaving: boolean;
  /**
   * Set where a visit found that nobody need look again: how long the blob was then. It is forgotten only after a heartbeat that does not
   * list it and another look: until then, other processes drop the hints for it on this process's word.
   */
  endedAt: { readonly length: number | undefined; readonly isSuperseded: boolean } | undefined;
  /** Deletes the messages by which the blob came; done when a heartbeat lists the blob. */
  arrivals: (() => Promise<void>)[];
}

/** Looks under way at once, visits not counted. */
const LOOKS_AT_ONCE = 16;
/**
 * The same of quiet blobs that are due together, so that one connection serves several: those of before may have ended since. Where so few cannot
 * keep up, the blobs are soon later than a part of `tail.poll_max`, and than {@link LATE_MS} at most, and no longer held to this.
 */
const TOGETHER_AT_ONCE = 4;
const LATE_PART = 1 / 30;
const LATE_MS = 2_000;
/** The loop turns at least so often. Milliseconds. */
const TURN_MS = 60_000;
/** Heartbeats come at multiples of this, so that every other one comes with a request to the queue. Milliseconds. */
const BEATS_APART_MS = 5_000;
/** A blob that was taken is listed within this. Milliseconds. */
const LIST_WITHIN_MS = 2_000;
/** Others have so long to take a blob that this process gave away. Milliseconds. */
const GIVEN_MS = 60_000;
/** Longer than the longest pause between two looks of another process at the queue. Milliseconds. */
const REST_MS = 12_000;
/** After a beat that failed. Milliseconds. */
const AGAIN_MS = 5_000;
/** A look, its visit included, that takes longer is no longer vouched for. Milliseconds. */
const HUNG_MS = 15 * 60_000;

/** Follows blobs by timers of this process. */
export class Follower {
  readonly #deps: FleetDeps & Pick<RelaySource['deps'], 'metrics'>;
  readonly #options: FollowerOptions;
  readonly #fleet: Fleet;
  readonly #blobs = new Map<string, Followed>();
  readonly #places: Places;
  readonly #looks = new Set<Promise<void>>();
  readonly #wake = new Wake();
  /** When blobs were given away: others are to take them. */
  readonly #gave = new Map<string, number>();
  /** First visits under way. */
  #taking = 0;
  #restUntil = 0;
  #heads = 0;
  #isStopping = false;
  #beatAt = 0;
  #lookRoundAt = 0;
  #beating: Promise<void> | undefined;

  constructor(deps: FleetDeps & Pick<RelaySource['deps'], 'metrics'>, options: FollowerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#fleet = new Fleet(deps);
    this.#places = new Places(options.concurrency);
  }

  /** Visits under way. */
  get visiting(): number {
    return this.#places.taken;
  }

  /** How long this process takes nothing from the queue, so that the others find what it gave away. Milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#restUntil - this.#deps.clock.monotonic());
  }

  /** Whether a living process follows the blob, this one included, as far as is known. */
  isFollowed(ref: BlobRef): boolean {
    return this.#blobs.has(keyOf(ref)) || this.#fleet.followerOf(ref) !== undefined;
  }

  /** Says what becomes of a hint for the blob. After `take`, {@link endTaking} follows in any case. */
  async admit(
    { blob: ref, trace, origin }: Pick<Task, 'blob' | 'trace' | 'origin'>,
    signal: AbortSignal,
  ): Promise<HintFate> {
    const own = this.#blobs.get(keyOf(ref));
    if (own && !own.isLeaving) {
      own.absorbing += 1;
      const look = () => {
        own.absorbing -= 1;
        own.isHinted = true;
        own.trace ??= trace;
        this.#wake.wake();
      };
      return { kind: 'absorbed', task: own.task, look };
    }
    const other = this.#fleet.followerOf(ref);
    const listed = other === undefined ? undefined : await this.#fleet.confirmed(other, ref, signal);
    if (listed) return { kind: 'followed_elsewhere', task: listed.task };
    if (own || this.#isStopping) return { kind: 'leave' };
    const gaveAt = this.#gave.get(keyOf(ref));
    const isReturning = gaveAt !== undefined && this.#deps.clock.monotonic() - gaveAt < GIVEN_MS;
    const arrival = isReturning ? 'returning' : origin === 'tail' ? 'handed over' : 'new';
    if (!mayTake(this.#me, this.#others, arrival)) return { kind: 'leave' };
    this.#taking += 1;
    return { kind: 'take' };
  }

  /** The task that was to be taken has come to its end. */
  endTaking(): void {
    this.#taking -= 1;
  }

  /**
   * Makes the first visit of a task that {@link admit} said to take, and follows the blob from then on.
   *
   * @param arrived deletes the task's message; called once the blob is followed for sure. Otherwise the caller deletes it: see `isKept`.
   */
  async take(
    source: RelaySource,
    task: Task,
    arrived: () => Promise<void>,
    stopping: Stopping,
  ): Promise<{ readonly result: VisitResult; readonly isKept: boolean }> {
    const { clock } = this.#deps;
    const { deps } = source;
    const began = clock.monotonic();
    const claim = new StickyClaim(deps.checkpoints, task.blob, clock);
    const held = await claim.hold();
    if (!held) return { result: 'busy', isKept: false };
    let end: VisitEnd | undefined;
    try {
      const { keeper } = held;
      const logger = deps.logger.child({ task: task.id, blob: blobPath(task.blob) });
      end = await visitClaimed({ ...deps, logger }, task, {
        stopping,
        keeper,
        following: { isAllSent: false },
      });
    } finally {
      await claim.rest(held.keeper);
      if (!end?.goesOn) await claim.release();
    }
    const { result, goesOn } = end;
    if (!goesOn) return { result, isKept: false };
    if (this.#isStopping) {
      // The blobs were handed over meanwhile, and this one follows them.
      await claim.release();
      await this.#deps.queue.send(encodeTask(hintFor({ ref: task.blob, task: goesOn.task })));
      return { result, isKept: false };
    }
    const key = keyOf(task.blob);
    const followed: Followed = {
      key,
      ref: task.blob,
      task: goesOn.task,
      source,
      claim,
      stored: undefined,
      deferred: [],
      loadedAt: 0,
      wroteAt: 0,
      dueAt: 0,
      isTogether: false,
      lookedAt: began,
      grewAt: Number.NEGATIVE_INFINITY,
      takenAt: clock.monotonic(),
      looking: undefined,
      isHinted: false,
      absorbing: 0,
      trace: goesOn.bytes > 0 ? undefined : task.trace,
      isAllSent: true,
      load: EXPECTED_LOAD,
      isLeaving: false,
      endedAt: undefined,
      arrivals: [arrived],
    };
    this.#noteVisit(followed, goesOn, began);
    followed.load = firstLoad(followed.dueAt - clock.monotonic(), goesOn.bytes);
    this.#blobs.set(key, followed);
    this.#beatWithin(LIST_WITHIN_MS);
    this.#wake.wake();
    return { result, isKept: true };
  }

  /** Looks at the blobs until stopped, and hands them over then. */
  async run(stopping: Stopping): Promise<void> {
    const { clock } = this.#deps;
    const { stop } = stopping;
    while (!stop.aborted) {
      const now = clock.monotonic();
      if (now >= this.#beatAt && !this.#beating) this.#startBeat(stop);
      for (const blob of this.#blobs.values()) {
        if (this.#heads >= LOOKS_AT_ONCE) break;
        if (isDue(blob, now) && this.#heads < mostBeside(blob, now)) this.#startLook(blob, stopping);
      }
      await this.#pause(stop);
    }
    this.#isStopping = true;
    await this.#handOver();
  }

  async #pause(stop: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    let next = now + TURN_MS;
    if (!this.#beating) next = Math.min(next, this.#beatAt);
    if (this.#heads < LOOKS_AT_ONCE) {
      for (const blob of this.#blobs.values()) {
        if (blob.looking !== undefined || blob.isLeaving) continue;
        // One that must wait for others is looked for when the look of one of them ends.
        next = Math.min(next, this.#heads < mostBeside(blob, now) ? blob.dueAt : lateAt(blob));
      }
    }
    // Timers know whole milliseconds: what fires a part of one too early finds nothing due, and waits again.
    const cancel = clock.after(Math.max(0, Math.ceil(next - now)), () => this.#wake.wake());
    await this.#wake.next(stop);
    cancel();
  }

  #startLook(blob: Followed, stopping: Stopping): void {
    const began = this.#deps.clock.monotonic();
    const { isHinted } = blob;
    blob.looking = began;
    blob.isHinted = false;
    blob.isTogether = false;
    this.#heads += 1;
    const look = this.#look(blob, isHinted, stopping)
      .catch((error: unknown) => this.#failed(blob, error, stopping))
      .finally(() => {
        blob.looking = undefined;
        blob.lookedAt = began;
        this.#looks.delete(look);
        this.#wake.wake();
      });
    this.#looks.add(look);
  }

  /** One look, and the visit that it calls for. */
  async #look(blob: Followed, isHinted: boolean, stopping: Stopping): Promise<void> {
    const { health } = blob.source;
    const now = this.#deps.clock.monotonic();
    const wait = health?.admit() ?? 0;
    const known =
      wait > 0 ? undefined : await this.#lookIdly(blob, isHinted, stopping).finally(() => this.#looked());
    if (wait > 0) {
      this.#looked();
      blob.dueAt = now + wait;
      return;
    }
    health?.answered();
    if (known) await this.#visit(blob, known, stopping);
  }

  /** The request of a look has ended. */
  #looked(): void {
    this.#heads -= 1;
    this.#wake.wake();
  }

  /** Undefined: there was nothing to do. */
  async #lookIdly(blob: Followed, isHinted: boolean, { abort }: Stopping): Promise<Following['known']> {
    const { clock } = this.#deps;
    const { deps } = blob.source;
    const now = clock.monotonic();
    if (isHinted || mustLoad(blob.stored?.checkpoint, now - blob.loadedAt)) {
      const loaded = await deps.checkpoints.load(blob.ref, abort);
      const isSame = loaded && blob.stored && isSameContent(loaded.checkpoint, blob.stored.checkpoint);
      if (!isSame) blob.deferred = [];
      const checkpoint =
        loaded && blob.deferred.reduce((current, change) => change(current), loaded.checkpoint);
      blob.stored = loaded && checkpoint && { ...loaded, checkpoint };
      blob.loadedAt = now;
    }
    const { stored } = blob;
    // What waits for its turn to be visited is not kept in memory.
    const from = this.#places.isFull ? undefined : peekFrom(stored?.checkpoint, now - blob.grewAt);
    const look = await lookAt(deps, blob.ref, abort, from);
    const evidence = await gather(deps, hintFor(blob), stored?.checkpoint, { isAllSent: blob.isAllSent });
    const at = clock.now();
    const plan = decide(stored?.checkpoint, look, evidence, at);
    const mustWrite = blob.deferred.length > 0 && !mayDefer(blob, now);
    if (mustWrite || !isIdle(plan, stored?.checkpoint, deps.destinations, at)) return { stored, look };
    const { pollMinMs, pollMaxMs } = deps.settings;
    const delayMs =
      plan.heldUntil === undefined
        ? lookDelayMs(plan.asOf - plan.base.grownOn, deps.settings)
        : Math.max(pollMinMs, plan.heldUntil - at);
    blob.load = loadAfter(blob.load, now - blob.lookedAt, undefined);
    blob.isTogether = plan.heldUntil === undefined && delayMs === pollMaxMs;
    blob.dueAt = beforeWrite(blob, blob.isTogether ? togetherAt(now, pollMaxMs) : now + delayMs);
    this.#deps.metrics.count('xdr_relay_looks_total', { result: 'idle' });
    return undefined;
  }

  async #visit(blob: Followed, known: NonNullable<Following['known']>, stopping: Stopping): Promise<void> {
    const leave = await this.#places.enter();
    if (stopping.stop.aborted) return leave();
    const began = this.#deps.clock.monotonic();
    try {
      const held = await blob.claim.hold();
      if (!held) {
        blob.stored = undefined;
        blob.deferred = [];
        blob.dueAt = began + BUSY_SECONDS * 1000;
        return;
      }
      const { keeper, isUnbroken } = held;
      // Where another consumer has read since, it has moved the offsets that were deferred here.
      const following: Following = {
        isAllSent: blob.isAllSent,
        ...(isUnbroken && { known, deferred: blob.deferred, mayDefer: mayDefer(blob, began) }),
      };
      blob.deferred = [];
      const { deps } = blob.source;
      const logger = deps.logger.child({ task: blob.task, blob: blobPath(blob.ref) });
      // What the checkpoint names may be on the queue only when the visit has come to its end.
      blob.isAllSent = false;
      const end = await visitClaimed({ ...deps, logger }, tracedHint(blob), {
        stopping,
        keeper,
        following,
      }).finally(() => blob.claim.rest(keeper));
      this.#deps.metrics.count('xdr_relay_looks_total', { result: end.result });
      if (!end.goesOn) {
        const length = known.look.kind === 'found' ? known.look.stat.length : undefined;
        blob.endedAt = { length, isSuperseded: end.result === 'superseded' };
        blob.dueAt = Number.POSITIVE_INFINITY;
        this.#beatWithin(LIST_WITHIN_MS);
        return;
      }
      blob.endedAt = undefined;
      blob.isAllSent = true;
      this.#noteVisit(blob, end.goesOn, began);
    } finally {
      leave();
    }
  }

  #noteVisit(blob: Followed, { dueAt, stored, deferred, bytes }: GoesOn, began: number): void {
    const { clock } = this.#deps;
    blob.load = loadAfter(blob.load, began - blob.lookedAt, bytes);
    if (bytes > 0) {
      blob.trace = undefined;
      blob.grewAt = began;
    }
    blob.stored = stored;
    blob.deferred = deferred;
    blob.loadedAt = began;
    if (deferred.length === 0) blob.wroteAt = clock.monotonic();
    blob.dueAt = beforeWrite(blob, dueAt);
  }

  async #failed(blob: Followed, error: unknown, { abort }: Stopping): Promise<void> {
    const { clock, logger, metrics } = this.#deps;
    const { health } = blob.source;
    if (error instanceof BlobError && error.code === 'storage_unavailable') health?.failed();
    else health?.unasked();
    blob.stored = undefined;
    blob.dueAt = clock.monotonic() + BUSY_SECONDS * 1000;
    if (abort.aborted) return;
    const code = codeOf(error);
    const seconds = code === undefined ? undefined : PASSING[code];
    const logged = { blob: blobPath(blob.ref), ...loggedError(error) };
    if (code === 'claim_lost') metrics.count('xdr_relay_claims_lost_total');
    metrics.count('xdr_relay_looks_total', { result: code ?? 'failed' });
    if (seconds !== undefined) {
      logger.warn('A look failed', { ...logged, seconds });
      blob.dueAt = clock.monotonic() + seconds * 1000;
      return;
    }
    // The queue counts how often a task fails, and sets one aside that always does.
    logger.error('A visit failed; its task goes back to the queue', {
      ...logged,
      code: logged.code ?? 'unexpected',
      stack: error instanceof Error ? error.stack : undefined,
    });
    blob.isLeaving = true;
    this.#beatWithin(0);
  }

  async #forget(blob: Followed): Promise<void> {
    if (this.#blobs.get(blob.key) === blob) this.#blobs.delete(blob.key);
    await Promise.all([blob.claim.release(), this.#settle([blob])]);
  }

  get #me(): Member {
    const { cores, capacity } = this.#options;
    const blobs = [...this.#blobs.values()].filter(({ isLeaving }) => !isLeaving);
    const taking = this.#taking;
    return { cores, capacity, blobs: blobs.length + taking, load: sumOf(blobs) + taking * EXPECTED_LOAD };
  }

  get #others(): readonly Member[] {
    return [...this.#fleet.others.values()]
      .filter(({ heir }) => heir === undefined)
      .map(({ cores, capacity, load, follows }) => ({ cores, capacity, load, blobs: follows.length }));
  }

  #beatWithin(ms: number): void {
    this.#beatAt = Math.min(this.#beatAt, this.#deps.clock.monotonic() + ms);
    this.#wake.wake();
  }

  #startBeat(stop: AbortSignal): void {
    const { clock, logger } = this.#deps;
    const now = clock.monotonic();
    this.#beatAt = now + untilTogether(now, BEAT_MS, BEATS_APART_MS);
    this.#beating = this.#beat(stop)
      .catch((error: unknown) => {
        if (stop.aborted) return;
        logger.warn('The heartbeat failed', { ...loggedError(error) });
        this.#beatWithin(AGAIN_MS);
      })
      .finally(() => {
        this.#beating = undefined;
        this.#wake.wake();
      });
  }

  /** Tells the others, and does what may be done only after that; then looks what the others say. */
  async #beat(stop: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#deps;
    await this.#tell(stop);
    metrics.gauge('xdr_relay_followed_blobs', this.#blobs.size);
    const untilRoundMs = this.#lookRoundAt - clock.monotonic();
    if (untilRoundMs > 0) {
      // This beat came early, for a blob that was taken. Rounds that are too far apart would prove no process dead.
      this.#beatWithin(untilRoundMs);
      return;
    }
    this.#lookRoundAt = clock.monotonic() + BEAT_MS - LIST_WITHIN_MS;
    const round = clock.monotonic();
    await this.#fleet.look(stop);
    await this.#settleOverlaps(round, stop);
    for (const [key, at] of this.#gave) if (round - at >= GIVEN_MS) this.#gave.delete(key);
    const candidates = [...this.#blobs.values()].filter(isIdleNow);
    for (const blob of surplusOf(this.#me, this.#others, candidates)) {
      blob.isLeaving = true;
      this.#restUntil = clock.monotonic() + REST_MS;
      this.#beatWithin(0);
    }
  }

  /** One beat. Blobs that it lists are followed for sure; blobs that it lists as leaving are handed over. */
  async #tell(signal: AbortSignal): Promise<void> {
    const now = this.#deps.clock.monotonic();
    const blobs = [...this.#blobs.values()];
    const ended = blobs.filter(
      ({ endedAt, isLeaving, isHinted, absorbing }) => endedAt && !isLeaving && !isHinted && absorbing === 0,
    );
    const follows = blobs.filter(
      (blob) => !blob.isLeaving && !ended.includes(blob) && now - (blob.looking ?? now) < HUNG_MS,
    );
    const leaving = blobs.filter(({ isLeaving }) => isLeaving);
    const { host, cores, capacity } = this.#options;
    const isAlive = await this.#fleet.beat({
      host,
      cores,
      capacity,
      load: sumOf(follows),
      follows: follows.map(listedOf),
      leaving: leaving.map(listedOf),
    });
    if (!isAlive) {
      // An heir has sent hints for them, but there is none if somebody deleted or overwrote the heartbeat. So the next one lists them as leaving.
      for (const blob of blobs) blob.isLeaving = true;
      this.#beatWithin(0);
      return;
    }
    await this.#settle(follows);
    await Promise.all(ended.filter(isAtRest).map((blob) => this.#end(blob, signal)));
    await Promise.all(leaving.filter(isAtRest).map((blob) => this.#giveAway(blob)));
  }

  /** No heartbeat lists the blob any more: a hint for growth that comes from now on is not dropped. What came before is found here. */
  async #end(blob: Followed, signal: AbortSignal): Promise<void> {
    const { ref, source, endedAt, task } = blob;
    const look = await lookAt(source.deps, ref, signal);
    const hasGrown = look.kind === 'found' && look.stat.length !== endedAt?.length;
    // The task for which the follower let go may have been dropped meanwhile on the word of the heartbeat: the follower's is named then.
    const stored =
      !hasGrown && endedAt?.isSuperseded ? await source.deps.checkpoints.load(ref, signal) : undefined;
    if (hasGrown || stored?.checkpoint.next?.task === task)
      await this.#deps.queue.send(encodeTask(hintFor(blob)));
    await this.#forget(blob);
  }

  /** Their messages are no longer needed. One that cannot be deleted comes back as a hint. */
  async #settle(blobs: readonly Followed[]): Promise<void> {
    const arrivals = blobs.flatMap((blob) => blob.arrivals.splice(0));
    await Promise.all(arrivals.map((arrived) => arrived().catch(() => {})));
  }

  /** The heartbeat lists it as leaving: the hint may go out, and nobody drops it on this process's word. */
  async #giveAway(blob: Followed): Promise<void> {
    const [hint = ''] = hintsFor([listedOf(blob)]);
    await this.#flush(blob);
    await blob.claim.release();
    this.#gave.set(blob.key, this.#deps.clock.monotonic());
    await this.#deps.queue.send(hint);
    await this.#forget(blob);
  }

  /** Writes what is deferred, for who goes on with the blob. Where that fails rows are sent again, and none is lost. */
  async #flush({ ref, source, claim, stored, deferred }: Followed): Promise<void> {
    if (!stored || deferred.length === 0) return;
    const { checkpoints: store, clock, logger } = source.deps;
    try {
      const held = await claim.hold();
      if (!held) return;
      const progress = new Progress({ store, ref, clock }, stored.etag, stored.checkpoint, deferred);
      if (held.isUnbroken) await progress.update((checkpoint) => checkpoint);
      await claim.rest(held.keeper);
    } catch (error) {
      logger.warn('Offsets could not be written; rows will be sent again', {
        blob: blobPath(ref),
        ...loggedError(error),
      });
    }
  }

  /**
   * Two processes may have taken one blob: the one with the lower id keeps it, and the checkpoint names its task. Throws CheckpointError and
   * QueueError; the next beat continues.
   *
   * @param round what the others list is older than this. One may have given away since a blob that this process has taken.
   */
  async #settleOverlaps(round: number, signal: AbortSignal): Promise<void> {
    for (const [id, { follows, heir }] of this.#fleet.others) {
      if (heir !== undefined || id > this.#fleet.id) continue;
      for (const { ref, task } of follows) {
        const blob = this.#blobs.get(keyOf(ref));
        if (!blob || !isIdleNow(blob) || blob.takenAt >= round) continue;
        await this.#flush(blob);
        await dropFor(blob.source.deps, { id: blob.task, blob: ref }, task, signal);
        await this.#forget(blob);
      }
    }
  }

  /** All blobs go back to the queue: those that nobody reads at once, the others when their visits end. */
  async #handOver(): Promise<void> {
    const { logger } = this.#deps;
    await this.#beating;
    for (const blob of this.#blobs.values()) blob.isLeaving = true;
    try {
      await this.#tell(new AbortController().signal);
      await Promise.all(this.#looks);
      await Promise.all([...this.#blobs.values()].map((blob) => this.#giveAway(blob)));
      await this.#fleet.leave();
    } catch (error) {
      // The heartbeat stays, and another process takes over what it lists.
      logger.warn('Blobs could not be handed over at once', { ...loggedError(error) });
      await Promise.all(this.#looks);
    }
  }
}

function isDue({ looking, isLeaving, isHinted, dueAt }: Followed, now: number): boolean {
  return looking === undefined && !isLeaving && (isHinted || now >= dueAt);
}

/** How many looks may be under way where one at this blob begins. @param now monotonic, milliseconds. */
function mostBeside(blob: Followed, now: number): number {
  return blob.isTogether && !blob.isHinted && now < lateAt(blob) ? TOGETHER_AT_ONCE : LOOKS_AT_ONCE;
}

/** From when on a blob waits no longer for the looks at others. Monotonic, milliseconds. */
function lateAt({ dueAt, source }: Followed): number {
  return dueAt + Math.min(LATE_MS, source.deps.settings.pollMaxMs * LATE_PART);
}

/** Whether the offsets of a visit now may wait for a later write. @param now monotonic, milliseconds. */
function mayDefer({ wroteAt, source }: Followed, now: number): boolean {
  return now - wroteAt < source.deps.settings.checkpointEveryMs;
}

/** A look is not later than the write of what is deferred. */
function beforeWrite({ deferred, wroteAt, source }: Followed, dueAt: number): number {
  return deferred.length === 0 ? dueAt : Math.min(dueAt, wroteAt + source.deps.settings.checkpointEveryMs);
}

const tracedHint = ({ trace, ...blob }: Followed): Task => ({ ...hintFor(blob), ...(trace && { trace }) });
const isAtRest = ({ looking }: Followed) => looking === undefined;
const isIdleNow = ({ looking, isLeaving, absorbing }: Followed) =>
  looking === undefined && !isLeaving && absorbing === 0;
const listedOf = ({ ref, task }: Followed): Listed => ({ ref: { ...ref }, task });
const sumOf = (blobs: readonly { readonly load: number }[]) => blobs.reduce((sum, { load }) => sum + load, 0);
