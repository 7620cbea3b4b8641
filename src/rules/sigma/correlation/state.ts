/** The stored form of a correlation's windows: a JSON document that all consumers share. */
import { z } from 'zod';

/** One event of a window, in the form that {@link GroupWindow} works with. */
export interface WindowEvent {
  /** When the event happened, in milliseconds since the epoch. */
  readonly time: number;
  /** The position, in the correlation's list, of the rule that matched. */
  readonly rule: number;
  /** The event's id, perhaps shortened. */
  readonly id: string;
  /**
   * For `value_count`, a hash of the counted value; for `value_sum`, `value_avg` and `value_percentile`, the number; empty for other
   * types and for used events.
   */
  readonly value: string;
  /** When the relay read the event, in seconds since the epoch. */
  readonly arrived: number;
  /** Whether an alert has counted the event. A used event counts no more, but is kept to recognize it when it is read again. */
  readonly used: boolean;
}

/** A stored event: `time`, `rule`, `id`, `value`, `arrived`. For a used event, -1 - `rule` is stored in place of `rule`. */
const storedEvent = z.tuple([
  z.number(),
  z.number().int(),
  z.string().max(32),
  z.string().max(32),
  z.number(),
]);
type StoredEvent = z.infer<typeof storedEvent>;

/** The state of one correlation. It holds hashes in place of the rows' values. */
export const correlationState = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** Events by the hash of the group's values; the least recently used group first. */
    groups: z.array(z.tuple([z.string().max(32), z.array(storedEvent)])),
    /** By the hash of a blob, the offset of the last counted row. Rows up to that offset are not counted again. */
    read: z.array(z.tuple([z.string().max(32), z.number().int()])),
    /** By the hash of a row's place, the count of the alert that the row raised, so that reading the row again raises the same alert. */
    raised: z.array(z.tuple([z.string().max(32), z.number()])),
  }),
);

export type CorrelationState = z.infer<typeof correlationState>;

export function fromStored([time, rule, id, value, arrived]: StoredEvent): WindowEvent {
  const used = rule < 0;
  return { time, rule: used ? -1 - rule : rule, id, value, arrived, used };
}

export function toStored({ time, rule, id, value, arrived, used }: WindowEvent): StoredEvent {
  return [time, used ? -1 - rule : rule, id, value, arrived];
}
