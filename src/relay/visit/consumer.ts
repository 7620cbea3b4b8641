/** Receives tasks from the queue, visits their blobs, and decides what happens to a failed task. */

import { BlobError } from '../../blobs/errors.ts';
import { currentName, type FormerNames } from '../../checkpoints/former-names.ts';
import { isOwnTask, taskFromMessage } from '../../event-grid/tasks.ts';
import { withRenewal } from '../../queue/keep.ts';
import type { QueueMessage } from '../../queue/port.ts';
import { sendAll } from '../../queue/send-all.ts';
import { encodeTask, type Task } from '../../queue/task.ts';
import type { WatchedQueue } from '../../queue/watched-queue.ts';
import { blobPath } from '../../shared/blob-ref.ts';
import { cursorKey, logFieldsOf } from '../../shared/cursor-ref.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { codeOf, loggedError, messageOf } from '../../shared/errors.ts';
import { slept } from '../../shared/slept.ts';
import { untilTogether } from '../../shared/together.ts';
import { traceparentOf } from '../../shared/tracing.ts';
import type { RelayDeps, Stopping } from '../source/deps.ts';
import type { Way } from '../source/notifications.ts';
import { type RelaySource, sourceOfBlob } from '../source/sources.ts';
import { isBeforeStart } from '../source/start.ts';
import { OwnVisits } from './own-visits.ts';
import { BUSY_SECONDS, FORBIDDEN_SECONDS, PASSING } from './passing.ts';
import { dropFor, type VisitResult, visit } from './visit.ts';

/** The ports of the consumer itself; a visit uses those of its source. */
export type ConsumerDeps = Pick<
  RelayDeps,
  'queue' | 'stragglers' | 'clock' | 'logger' | 'metrics' | 'tracer'
>;

/** The limits from relay.yaml. */
export interface ConsumerLimits {
  /** How many tasks are processed in parallel. */
  readonly concurrency: number;
  readonly visibilitySeconds: number;
  /** A message received more often than this goes to the poison queue. */
  readonly dequeueLimit: number;
}

export interface ConsumerOptions extends ConsumerLimits {
  /** Called for a message that comes from a notification of Event Grid, by the way it came. Never rejects. */
  readonly onNotification?: (way: Way) => Promise<void>;
  /** The sources; never empty. */
  readonly sources: readonly RelaySource[];
  /** The former names of destinations, because older tasks may contain them. */
  readonly former?: FormerNames;
  /** Limits the visits for a single cursor; if absent, they are not limited. */
  readonly own?: OwnVisits;
  /** Follows blobs in this process; absent: every task that goes on is put on the queue. */
  readonly follower?: BlobFollower | undefined;
  /** Waits for messages of this process; absent: an empty queue is asked each second. */
  readonly watched?: Pick<WatchedQueue, 'wait'> | undefined;
}

/** What becomes of a hint. */
export type HintFate =
  /** This process follows the blob under the task with this id. Until `look` is called, it does not let go of the blob; then it looks at once. */
  | { readonly kind: 'absorbed'; readonly task: string; look(): void }
  /** Another living process follows the blob, under the task with this id. */
  | { readonly kind: 'followed_elsewhere'; readonly task: string }
  /** This process is to take it. */
  | { readonly kind: 'take' }
  /** This process has enough: one visit, and the next task goes back to the queue. */
  | { readonly kind: 'leave' };

/** What a consumer asks of the follower of its process: see relay/follow. */
export interface BlobFollower {
  /** Visits under way. */
  readonly visiting: number;
  /** Nothing is to be taken from the queue for so long: others are to find what this process gave away. Milliseconds. */
  readonly restMs: number;
  admit(task: Pick<Task, 'blob' | 'trace' | 'origin'>, signal: AbortSignal): Promise<HintFate>;
  /** Follows every `take` that {@link admit} said, whether {@link take} was called or not. */
  endTaking(): void;
  take(source: RelaySource, task: Task, arrived: () => Promise<void>, stopping: Stopping): Promise<TaskEnd>;
}

/** The first pause between two requests to an empty queue. Milliseconds. */
const IDLE_MIN_MS = 100;
const IDLE_MAX_MS = 1_000;
/** The same where this process's own timers look at the blobs, and it knows when its own messages are due. Milliseconds. */
const WATCHED_IDLE_MAX_MS = 10_000;
/** Places may become free without a task of the queue ending. Milliseconds. */
const PLACES_MS = 1_000;
/** The pause after the queue itself failed. Milliseconds. */
const TROUBLE_MS = 5_000;
/** How long a task waits if its source has not decided yet where reading begins. Milliseconds. */
const BEGIN_MS = 5_000;

/** Receives and processes tasks until stopped; resolves when the last task has ended. */
export async function consume(
  deps: ConsumerDeps,
  options: ConsumerOptions,
  stopping: Stopping,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const own = new OwnVisits(options.concurrency);
  let idleMs = IDLE_MIN_MS;
  const longestIdleMs = options.watched ? WATCHED_IDLE_MAX_MS : IDLE_MAX_MS;
  while (!stopping.stop.aborted) {
    const restMs = options.follower?.restMs ?? 0;
    if (restMs > 0) {
      await slept(deps.clock, restMs, stopping.stop);
      continue;
    }
    const free = freePlaces(options, running.size - own.slowRunning);
    if (free <= 0) {
      const wait = new AbortController();
      const ended = AbortSignal.any([wait.signal, stopping.stop]);
      // A race leaves something at each of its promises until that is settled: neither of these outlives it.
      await Promise.race([own.freed.next(ended), slept(deps.clock, PLACES_MS, ended)]);
      wait.abort();
      continue;
    }
    const messages = await receive(deps, options, free, stopping.stop);
    for (const message of messages) {
      const work = handleMessage(deps, { ...options, own }, message, stopping).finally(() => {
        running.delete(work);
        own.freed.wake();
        deps.metrics.gauge('xdr_relay_tasks_running', running.size);
      });
      running.add(work);
      deps.metrics.gauge('xdr_relay_tasks_running', running.size);
    }
    idleMs = messages.length > 0 ? IDLE_MIN_MS : Math.min(longestIdleMs, idleMs * 2);
    if (messages.length > 0) continue;
    if (!options.watched) await slept(deps.clock, idleMs, stopping.stop);
    // The service may show a message a moment after it is due.
    else if (await options.watched.wait(untilTogether(deps.clock.monotonic(), idleMs), stopping.stop))
      idleMs = IDLE_MIN_MS / 2;
  }
  await Promise.all(running);
  await Promise.all(deps.stragglers);
}

/** Visits of followed blobs leave the tasks of the queue half of the places. */
function freePlaces({ concurrency, follower }: ConsumerOptions, running: number): number {
  const most = Math.max(Math.ceil(concurrency / 2), concurrency - (follower?.visiting ?? 0));
  return most - running;
}

async function receive(
  deps: ConsumerDeps,
  options: ConsumerOptions,
  free: number,
  stop: AbortSignal,
): Promise<readonly QueueMessage[]> {
  try {
    return await deps.queue.receive(Math.min(free, 32), options.visibilitySeconds);
  } catch (error) {
    deps.logger.warn('The queue cannot be read', { ...loggedError(error) });
    await slept(deps.clock, TROUBLE_MS, stop);
    return [];
  }
}

/** Processes one message and settles it. Never rejects: a message that cannot be settled becomes visible again. */
export async function handleMessage(
  deps: ConsumerDeps,
  options: ConsumerOptions,
  message: QueueMessage,
  stopping: Stopping,
): Promise<void> {
  const began = deps.clock.monotonic();
  try {
    const result = await settle(deps, options, message, stopping);
    deps.metrics.count('xdr_relay_tasks_total', { result });
  } catch (error) {
    deps.logger.warn('A message could not be settled and will come back', {
      queue_message: message.id,
      ...loggedError(error),
    });
    deps.metrics.count('xdr_relay_tasks_total', { result: 'unsettled' });
  }
  deps.metrics.observe('xdr_relay_task_seconds', (deps.clock.monotonic() - began) / 1000);
}

async function settle(
  deps: ConsumerDeps,
  options: ConsumerOptions,
  message: QueueMessage,
  stopping: Stopping,
): Promise<string> {
  if (message.dequeueCount > options.dequeueLimit) {
    await message.poison(`Received ${message.dequeueCount} times without success`);
    deps.logger.error('A message went to the poison queue', {
      queue_message: message.id,
      reason: 'dequeue_limit' satisfies ErrorCode,
    });
    return 'poison';
  }
  let tasks: readonly Task[];
  try {
    const accounts = options.sources.map(({ account }) => account);
    tasks = taskFromMessage(message.body, accounts, message.id).tasks.map((task) =>
      traced(deps, underCurrentName(task, options.former), message),
    );
  } catch (error) {
    if (codeOf(error) === 'message_newer') {
      await message.release(FORBIDDEN_SECONDS);
      return 'newer';
    }
    await message.poison(messageOf(error));
    const reason = codeOf(error);
    deps.logger.error('A message went to the poison queue', { queue_message: message.id, reason });
    return 'poison';
  }
  if (tasks.some(({ origin }) => origin === 'notification')) {
    // A task of the relay's own has a version; what Event Grid writes has none.
    await options.onNotification?.(isOwnTask(message.body) ? 'endpoint' : 'queue');
  }
  const [task] = tasks;
  const source = task && sourceOfBlob(options.sources, task.blob);
  if (source && tasks.length === 1) return work(source, options, { message, task }, stopping);
  await sendAll(
    deps.queue,
    tasks.map((each) => encodeTask(each)),
    8,
  );
  await message.complete();
  return tasks.length === 0 ? 'ignored' : 'split';
}

/** A notification that Event Grid put on the queue begins its trace here; others have begun at the endpoint, if they are sampled. */
function traced({ tracer }: ConsumerDeps, task: Task, message: QueueMessage): Task {
  if (task.id !== message.id) return task;
  const attributes = { 'xdr_relay.blob': blobPath(task.blob) };
  const span = tracer?.start({ name: 'receive notification', kind: 'consumer', attributes });
  span?.end();
  return span ? { ...task, trace: traceparentOf(span.context) } : task;
}

function underCurrentName(task: Task, former: FormerNames | undefined): Task {
  const { cursor } = task;
  if (!cursor || !former) return task;
  return { ...task, cursor: { ...cursor, destination: currentName(cursor.destination, former) } };
}

/** A task, and its message. */
interface ReceivedTask {
  readonly message: QueueMessage;
  readonly task: Task;
}

async function work(
  source: RelaySource,
  options: ConsumerOptions,
  received: ReceivedTask,
  stopping: Stopping,
): Promise<string> {
  const { deps, health, begin } = source;
  const { message, task } = received;
  const fields = { task: task.id, blob: blobPath(task.blob), ...logFieldsOf(task.cursor) };
  const logger = deps.logger.child(fields);
  const wait = begin?.isDecided === false ? BEGIN_MS : (health?.admit() ?? 0);
  if (wait > 0) {
    await deps.queue.send(encodeTask(task), Math.ceil(wait / 1000));
    await message.complete();
    logger.debug('Task put back: its source does not answer', { seconds: Math.ceil(wait / 1000) });
    return 'source_down';
  }
  const { cursor } = task;
  const follower = cursor ? undefined : options.follower;
  const fate = (await follower?.admit(task, stopping.abort)) ?? { kind: 'leave' };
  if (fate.kind === 'absorbed' || fate.kind === 'followed_elsewhere') {
    health?.unasked();
    try {
      await dropFor(deps, task, fate.task, stopping.abort);
    } catch (error) {
      return giveBack(deps, received, error, stopping);
    } finally {
      if (fate.kind === 'absorbed') fate.look();
    }
    await message.complete();
    logger.debug('Task ended', { result: fate.kind, origin: task.origin });
    return fate.kind;
  }
  const entrance =
    cursor &&
    options.own?.enter(
      cursor.destination,
      `${cursorKey(cursor)}/${blobPath(task.blob)}`,
      deps.clock.monotonic(),
    );
  if (entrance?.kind === 'wait') {
    await deps.queue.send(encodeTask(task), entrance.seconds);
    await message.complete();
    return 'busy';
  }
  let ended: TaskEnd;
  try {
    // The claim decides who may send, not the message: a visit goes on when its message was lost to another consumer.
    ended = await withRenewal(message, options.visibilitySeconds, deps.clock, async () => {
      if (await isBeforeStart(deps, task, stopping.abort)) return { result: 'before_start', isKept: false };
      if (follower && fate.kind === 'take')
        return follower.take(source, task, () => message.complete(), stopping);
      return { result: await visit({ ...deps, logger }, task, stopping), isKept: false };
    });
  } catch (error) {
    if (error instanceof BlobError && error.code === 'storage_unavailable') health?.failed();
    else health?.unasked();
    return giveBack(deps, received, error, stopping);
  } finally {
    entrance?.leave(deps.clock.monotonic());
    if (fate.kind === 'take') follower?.endTaking();
  }
  const { result, isKept } = ended;
  if (result === 'busy') health?.unasked();
  else health?.answered();
  if (result === 'busy') await deps.queue.send(encodeTask(task), BUSY_SECONDS);
  if (!isKept) await message.complete();
  logger.debug('Task ended', { result, origin: task.origin });
  return result;
}

/** How a task ended, and whether a follower keeps its message: then it deletes it itself. */
interface TaskEnd {
  readonly result: VisitResult;
  readonly isKept: boolean;
}

async function giveBack(
  deps: RelayDeps,
  { message, task }: ReceivedTask,
  error: unknown,
  stopping: Stopping,
): Promise<string> {
  const fields = { task: task.id, blob: blobPath(task.blob), ...logFieldsOf(task.cursor) };
  if (stopping.abort.aborted) {
    // The task is sent again as a new message, so that a task that is running at every restart does not reach the dequeue limit.
    await deps.queue.send(encodeTask(task));
    await message.complete();
    return 'aborted';
  }
  const code = codeOf(error);
  const logged = { ...fields, ...loggedError(error) };
  const seconds = code === undefined ? undefined : PASSING[code];
  if (code === 'claim_lost') deps.metrics.count('xdr_relay_claims_lost_total');
  if (code !== undefined && seconds !== undefined) {
    deps.logger.warn('Task put back', { ...logged, seconds });
    await deps.queue.send(encodeTask(task), seconds);
    await message.complete();
    return code;
  }
  deps.logger.error('Task failed', {
    ...logged,
    code: logged.code ?? 'unexpected',
    stack: error instanceof Error ? error.stack : undefined,
  });
  await message.release(Math.min(300, 2 ** message.dequeueCount));
  return 'failed';
}
