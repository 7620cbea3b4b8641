/** The kinds of documents: how each is read, and what can still be read of one that was damaged. */
import { z } from 'zod';
import { groupSchema, type Shard, shardSchema } from '../../alerts/groups/state.ts';
import { type Joins, joinSchema, joinsSchema } from '../../alerts/joins/state.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import { type AlertIndex, indexSchema, NO_INDEX } from './index-document.ts';
import {
  keptSchema,
  type OperationalDocument,
  operationalSchema,
  withMessage,
} from './operational-document.ts';

export interface Kind<T> {
  readonly schema: z.ZodType<T>;
  /** Whether alerts wait in it, of which people must hear if it is damaged or removed. */
  readonly holdsAlerts: boolean;
  /** What stands in place of a damaged one: whatever can still be read of it. @param value its JSON; undefined where it is none. */
  saved(value: unknown, seq: number): T;
  /** Alerts in it that people were not told of. */
  waiting(value: T): number;
  /** Present where messages about the relay are in the document itself. */
  withMessage?(value: T, message: OperationalMessage, now: number): T;
}

export const INDEX_KIND: Kind<AlertIndex> = {
  schema: indexSchema,
  holdsAlerts: false,
  // A new one is compared with all documents soon.
  saved: () => NO_INDEX,
  waiting: () => 0,
};

const idsSchema = z.object({ at: z.number(), ids: z.string() });

export const SHARD_KIND: Kind<Shard> = {
  schema: shardSchema,
  holdsAlerts: true,
  saved(value, seq) {
    const { groups = [], ids = [], rule = '' } = looseShard.safeParse(value).data ?? {};
    return { v: 1, seq, rule, groups: readable(groups, groupSchema), ids: readable(ids, idsSchema) };
  },
  waiting: ({ groups }) => groups.reduce((sum, { count, said }) => sum + Math.max(0, count - said), 0),
};

export const JOINS_KIND: Kind<Joins> = {
  schema: joinsSchema,
  holdsAlerts: true,
  saved(value, seq) {
    const { joins = [], ids = [] } = looseJoins.safeParse(value).data ?? {};
    return { v: 1, seq, joins: readable(joins, joinSchema), ids: readable(ids, idsSchema) };
  },
  waiting: ({ joins }) => joins.filter(({ raised }) => raised !== undefined).length,
};

export const OPERATIONAL_KIND: Kind<OperationalDocument> = {
  schema: operationalSchema,
  holdsAlerts: false,
  saved(value, seq) {
    const { messages = [] } = looseOperational.safeParse(value).data ?? {};
    return { v: 1, seq, messages: [...readable(messages, keptSchema)] };
  },
  waiting: () => 0,
  withMessage,
};

const list = z.array(z.unknown()).optional().catch(undefined);
const looseShard = z.object({ groups: list, ids: list, rule: z.string().optional().catch(undefined) });
const looseJoins = z.object({ joins: list, ids: list });
const looseOperational = z.object({ messages: list });

/** The members of a list that are as they should be. */
function readable<T>(values: readonly unknown[], schema: z.ZodType<T>): readonly T[] {
  return values.flatMap((value) => schema.safeParse(value).data ?? []);
}
