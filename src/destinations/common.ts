import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { durationSchema, sizeSchema } from '../shared/duration.ts';

/** What every destination's entry in relay.yaml may set. */
export const commonConfig = {
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Batches on their way at once from one process.'),
  batch: z
    .strictObject({
      items: z.number().int().min(1).max(100_000).optional().describe('Events in one batch, at most.'),
      bytes: sizeSchema
        .optional()
        .describe('Bytes in one batch before compression, at most. A larger event goes alone.'),
      age: durationSchema.optional().describe('How long the first event of a batch waits for company.'),
    })
    .optional()
    .describe('When a batch is full, whichever comes first.'),
  timeout: durationSchema.optional().describe('How long one request may take.'),
  allow_networks: z
    .array(
      z
        .string()
        .refine(
          (text) => ipaddr.isValidCIDR(text),
          'a network such as "127.0.0.0/8", "10.1.0.0/16" or "fd00::/8"',
        ),
    )
    .optional()
    .describe('Networks beyond the public internet that this destination may be in.'),
  shape: z
    .enum(['raw', 'relay'])
    .optional()
    .describe(
      'What is sent of a row: `raw`, the Defender row unwrapped, or `relay`, the envelope with id and source.',
    ),
} as const;
