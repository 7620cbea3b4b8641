/** The stored state of Defender's alerts that wait for their other table: one document of the state container for many alerts. */
import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';
import { storedObject } from '../../shared/stored-object.ts';
import { defenderSchema, entityMemorySchema, envelopeSchema, otherRuleSchema } from '../groups/state.ts';

const instant = z.number();
const level = z.enum(LEVELS);

const raisedSchema = z.lazy(() =>
  z.object({
    /** Of the first alert: it names the alert in its group too. */
    occurrence: z.string(),
    envelope: envelopeSchema,
    severity: level.optional(),
    others: z.array(otherRuleSchema).readonly(),
    groupedBy: z.array(z.object({ column: z.string(), value: z.string() })).readonly(),
    times: z.union([z.literal('off'), z.object({ windowMs: z.number(), repeatMs: z.number() })]),
    /** It waits for the other table until then, ms since the epoch. */
    until: instant,
  }),
);

export const joinSchema = z.lazy(() =>
  storedObject(
    z.object({
      /** Defender's id of the alert. */
      id: z.string(),
      /** When the first row was folded. */
      since: instant,
      /** The tables of which rows have arrived. */
      tables: z.array(z.string()).readonly(),
      defender: defenderSchema,
      entities: z.array(entityMemorySchema).readonly(),
      /** Present once a rule has raised the alert. */
      raised: raisedSchema.optional(),
      /** The rules that raised it, by id or title. */
      rules: z.array(z.string()).readonly(),
      /** What the last blobs held of which rows have arrived: digests of their paths and readings. */
      sources: z
        .array(z.object({ blob: z.string(), reading: z.string() }))
        .readonly()
        .optional(),
      /** Present once the alert is in a group: the document, the group, and whether the group knows all evidence. */
      moved: z.object({ shard: z.string(), group: z.string(), at: instant, isTold: z.boolean() }).optional(),
    }),
  ),
);

/** `alerts/<destination>/joins/<bucket>`. */
export const joinsSchema = z.lazy(() =>
  storedObject(
    z.object({
      v: z.literal(1),
      /** As in the documents of groups. */
      seq: z.number().int().nonnegative(),
      joins: z.array(joinSchema).readonly(),
      /** Rows that were folded, as in the documents of groups. */
      ids: z.array(z.object({ at: instant, ids: z.string() })).readonly(),
    }),
  ),
);

export type Raised = Readonly<z.infer<typeof raisedSchema>>;
export type Join = Readonly<z.infer<typeof joinSchema>>;
export type Joins = Readonly<z.infer<typeof joinsSchema>>;
