/** Computes from which time on a source's blobs are read, and when its account deletes them. */
import { z } from 'zod';
import { systemClock } from '../shared/clock.ts';
import { durationBetween } from '../shared/duration.ts';
import { startAtInstant } from '../shared/start-at.ts';

export const sourceTimes = {
  retention: durationBetween('1h', '3650d', 'lifecycle rules count in days')
    .optional()
    .describe(
      "How long after its last change the account's lifecycle rule deletes a blob. With it `status`, a metric and the log say when rows that are not delivered will be deleted.",
    )
    .meta({ examples: ['30d'] }),
  start_at: z
    .string()
    .refine(
      (text) => startAtInstant(text, systemClock.now()) !== undefined,
      '"now", a time before now such as "-48h", or a date in the past such as "2026-11-23" or "2026-11-23T07:00Z"',
    )
    .optional()
    .describe(
      'Where the first start on an account begins: blobs of earlier hours are left to `xdr-relay backfill`. It is remembered, and without effect once there are checkpoints. Default: `sweep.wide` back.',
    )
    .meta({ examples: ['now', '-48h', '2026-11-23'] }),
} as const;
