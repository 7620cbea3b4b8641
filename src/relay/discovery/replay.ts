/** Begins a replay, in which a blob is read again for one destination. */
import { randomUUID } from 'node:crypto';
import type { Checkpoint, Cursor, ReplayCursor } from '../../checkpoints/checkpoint.ts';
import { sharedCheckpoint } from '../../checkpoints/shared-checkpoint.ts';
import { updateDocument } from '../../checkpoints/update-document.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { RelayDeps } from '../source/deps.ts';
import { isLost, type PlannedTask, planTask } from '../visit/follow-up.ts';
import { hasUnread } from '../visit/reading.ts';

/** The result of requesting a replay of one blob to one destination. */
export type ReplayOutcome =
  | 'queued'
  /** An earlier replay of this blob to this destination is still running. */
  | 'under_way'
  /** Nothing of the blob was read yet, so its ordinary task will deliver all of it. */
  | 'nothing'
  /** The checkpoint could not be written, because a consumer that visits the blob kept writing it. */
  | 'busy';

const TRIES = 10;
const PAUSE_MS = 200;

/**
 * Requests that a blob be read again for one destination, up to where the destination is now. The ordinary cursors of this and other
 * destinations stay where they are. If the blob is closed, the destination also receives rows that it never received; a destination that is
 * new in relay.yaml receives all of them.
 */
export async function queueReplay(
  deps: Pick<RelayDeps, 'checkpoints' | 'clock' | 'queue'>,
  ref: BlobRef,
  destination: string,
): Promise<ReplayOutcome> {
  const { checkpoints, clock, queue } = deps;
  const outcome = await updateDocument<Checkpoint, readonly PlannedTask[] | 'under_way' | 'nothing'>(
    sharedCheckpoint(checkpoints, ref),
    (current) => {
      const plan = current ? planReplay(clock.now(), ref, current, destination) : 'nothing';
      return typeof plan === 'string' ? { keep: plan } : { write: plan.checkpoint, result: plan.tasks };
    },
    { tries: TRIES, pause: { clock, ms: () => PAUSE_MS } },
  );
  if (outcome.kind === 'busy') return 'busy';
  if (typeof outcome.result === 'string') return outcome.result;
  // The task is sent after the checkpoint is written, because a task that its checkpoint does not name ends at once. If sending fails, the task becomes overdue, and the next visit or sweep replaces it.
  for (const { body, delaySeconds } of outcome.result) await queue.send(body, delaySeconds);
  return 'queued';
}

interface Plan {
  readonly checkpoint: Checkpoint;
  readonly tasks: readonly PlannedTask[];
}

function planReplay(
  now: number,
  ref: BlobRef,
  checkpoint: Checkpoint,
  destination: string,
): Plan | 'under_way' | 'nothing' {
  const own: Cursor = checkpoint.destinations[destination] ?? { offset: 0 };
  const again = checkpoint.replays[destination];
  const isUnderWay = again !== undefined && isLive(again);
  // While the blob is open, its own task delivers what is unread.
  const isLeft = checkpoint.closed && hasUnread(checkpoint, own, false);
  const tasks: PlannedTask[] = [];
  let { destinations, replays } = checkpoint;
  if (isLeft && !isLive(own)) {
    destinations = { ...destinations, [destination]: withTask(own, false) };
  }
  if (own.offset > 0 && !isUnderWay) {
    const replay: ReplayCursor = { offset: again?.offset ?? 0, to: Math.max(own.offset, again?.to ?? 0) };
    replays = { ...replays, [destination]: withTask(replay, true) };
  }
  if (tasks.length === 0) return isUnderWay ? 'under_way' : 'nothing';
  return { checkpoint: { ...checkpoint, destinations, replays }, tasks };

  function withTask<C extends Cursor>(cursor: C, replay: boolean): C {
    const task = planTask(now, {
      id: randomUUID(),
      blob: ref,
      origin: 'backfill',
      due: now,
      cursor: { destination, replay },
    });
    tasks.push(task);
    return { ...cursor, behind: { ...task.live, attempts: cursor.behind?.attempts ?? 0 } };
  }

  function isLive({ behind }: Cursor): boolean {
    return behind !== undefined && !isLost(behind, now);
  }
}
