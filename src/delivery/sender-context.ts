/** What a lane gives its sender. */
import type { Clock } from '../shared/clock.ts';
import type { Span, SpanStart } from '../shared/tracing.ts';
import type { SendError } from './failure.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Encoded } from './segment.ts';
import type { FailedItem } from './suspects.ts';

export interface SenderContext {
  /** Identifies the blob and the destination; the same in every visit. */
  readonly lane: string;
  /** See Batch.reading. */
  readonly reading?: string | undefined;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When aborted, waits for a slot or a retry end at once; a request in flight is awaited first. */
  readonly stop: AbortSignal;
  /** Called before each request. Throws if nothing may be sent any more. */
  readonly guard: () => void;
  /**
   * Asks once, before the first request, for permission to send. Returns undefined for yes, or when to ask again, ms since the epoch. It is
   * called only if there is a row to send, because a probe without a row would find out nothing.
   */
  readonly admit?: (() => Promise<number | undefined>) | undefined;
  /** Begins a span of this visit; absent where it is not traced. */
  readonly trace?: ((span: Omit<SpanStart, 'parent'>) => Span | undefined) | undefined;
  /** Whether the destination has accepted rows since this cursor's rows last failed. */
  readonly isProvenAlive: boolean;
  /** In how many consecutive visits this cursor's own rows were not accepted. */
  readonly attempts: number;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned: number;
  /** How many bytes of memory suspects may take while they wait for proof. */
  readonly suspectBytes: number;
  /** The sealed batches that were not taken, in order: they may be handed over before their turn. */
  readonly sealed: () => readonly (readonly Encoded[])[];
  /** Called when a batch no longer waits to be sent, but for its acknowledgement. */
  readonly onHandedOver: () => void;
  /** Called with accepted items, in order. */
  readonly onAccepted: (items: readonly Encoded[], seconds: number) => void;
  /** A request failed. Its rows are sent again, together or in parts, unless the lane ends. */
  readonly onFailed?: (error: SendError) => void;
  /** Stores items as dead letters. If it throws, the lane ends and the offset does not pass them. */
  readonly onIsolated: (failed: readonly FailedItem[]) => Promise<void>;
}
