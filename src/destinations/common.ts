import { z } from 'zod';
import { durationSchema, sizeSchema } from '../shared/duration.ts';

/** What every destination's entry in relay.yaml may set. */
export const commonConfig = {
  /** Batches on their way at once from one process. */
  concurrency: z.number().int().min(1).max(64).optional(),
  batch: z
    .strictObject({
      items: z.number().int().min(1).max(100_000).optional(),
      bytes: sizeSchema.optional(),
      age: durationSchema.optional(),
    })
    .optional(),
  /** How long one request may take. */
  timeout: durationSchema.optional(),
  /** Networks (CIDR) beyond the public internet that this destination may be in: `127.0.0.0/8`, `10.1.0.0/16`. */
  allow_networks: z.array(z.string()).optional(),
  /** What is sent of a row (DESIGN.md section 6). */
  shape: z.enum(['raw', 'relay']).optional(),
} as const;
