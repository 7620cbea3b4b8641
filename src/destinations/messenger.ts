/** The port of destinations for people: says a message, and changes what it has said where the product can. */
import type { Message } from '../alerts/message.ts';
import type { PlaceBusyError, PlaceRefusedError } from './errors.ts';

/** How a product shows later news of what it was told already. */
export type Updates =
  /** It cannot: each update is a new message, so it is sent at most once in the group's `repeat`. */
  | 'none'
  /** The first message is changed in place without a new notification (Slack's chat.update, PagerDuty's dedup_key). */
  | 'in_place';

/** Where a message was put, as the destination writes it for itself: text of at most 512 characters, without secrets. It is stored in the state. */
export type Posted = string;

/** What became of the messages of a digest that is several requests. */
export interface DigestReport {
  /** These were taken: they count as said even if the digest fails later. */
  taken(messages: readonly Message[]): void;
  /** Their place takes nothing now. The digest goes on with those for other places. */
  refused(messages: readonly Message[], error: PlaceRefusedError | PlaceBusyError): void;
}

export interface Messenger {
  readonly updates: Updates;
  /** Whether it wants the message of phase `end` of an alert (PagerDuty with `auto_resolve`). Otherwise none is sent. */
  readonly wantsEnd: boolean;
  /** Milliseconds between two messages to one place, as the product allows. The caller keeps this pace over all consumers. */
  readonly intervalMs: number;
  /** If more messages than this wait, they go into a digest. Absent: if they are more than the pace lets through within ten seconds. */
  readonly digestOver?: number;
  /**
   * Says the message once; resolves when the product has taken it.
   * Throws RetryableError, RowsRefusedError (this message will never be taken), DestinationRefusedError (nothing will be until somebody changes a setting), or
   * PlaceRefusedError (the same of the place where this message belongs), or PlaceBusyError (that place takes nothing for a while).
   *
   * @param posted what the last `say` for the same group resolved with; undefined for the first.
   */
  say(message: Message, posted: Posted | undefined, signal: AbortSignal): Promise<Posted | undefined>;
  /**
   * One message that stands for several groups, when many wait. The groups count as said, but for those that are reported as refused.
   *
   * @param report told where the digest is several requests. Absent: a refusal of one place is thrown.
   */
  digest(messages: readonly Message[], signal: AbortSignal, report?: DigestReport): Promise<void>;
  /** The place where a message belongs, as people know it, where there are several: see {@link PlaceRefusedError}. */
  placeOf?(message: Message): string;
}
