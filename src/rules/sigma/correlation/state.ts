/** What a correlation remembers of its windows, as JSON: all consumers share it. */
import { z } from 'zod';

/** One event of a window, as a {@link GroupWindow} works with it. */
export interface WindowEvent {
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  /** Which of the correlation's rules matched: its position in the list. */
  readonly rule: number;
  /** The event's id, or enough of it. */
  readonly id: string;
  /** What a `value_count` counts, as a hash; the number that `value_sum` and its like calculate with; empty for other types and for used events. */
  readonly value: string;
  /** When it was read, seconds since the epoch. */
  readonly arrived: number;
  /** An alert has counted it. It is kept to be known when it comes again, and counts no more. */
  readonly used: boolean;
}

/** An event as stored: `time`, `rule`, `id`, `value`, `arrived`. The rule of a used event is stored as -1 - `rule`. */
const storedEvent = z.tuple([
  z.number(),
  z.number().int(),
  z.string().max(32),
  z.string().max(32),
  z.number(),
]);
type StoredEvent = z.infer<typeof storedEvent>;

/** One correlation's windows. Hashes stand for what the rows hold. */
export const correlationState = z.object({
  v: z.literal(1),
  /** By the hash of what a group has in common; the least recently touched first. */
  groups: z.array(z.tuple([z.string().max(32), z.array(storedEvent)])),
  /** By the hash of a blob: the offset of the last row that was counted. A row up to it is not counted again. */
  read: z.array(z.tuple([z.string().max(32), z.number().int()])),
  /** By the hash of a place: the count of the alert that the row there raised, to raise it again when the row is read again. */
  raised: z.array(z.tuple([z.string().max(32), z.number()])),
});

export type CorrelationState = z.infer<typeof correlationState>;

export function fromStored([time, rule, id, value, arrived]: StoredEvent): WindowEvent {
  const used = rule < 0;
  return { time, rule: used ? -1 - rule : rule, id, value, arrived, used };
}

export function toStored({ time, rule, id, value, arrived, used }: WindowEvent): StoredEvent {
  return [time, used ? -1 - rule : rule, id, value, arrived];
}
