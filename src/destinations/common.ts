import { z } from 'zod';
import { durationSchema, sizeSchema } from '../shared/duration.ts';
import { parseNetwork } from './addresses.ts';
import type { BatchLimits } from './port.ts';

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
  allow_networks: z
    .array(
      z
        .string()
        .refine((text) => parseNetwork(text) !== undefined, 'a network such as "10.1.0.0/16" or "::1"'),
    )
    .optional(),
  /** What is sent of a row (DESIGN.md section 6). */
  shape: z.enum(['raw', 'relay']).optional(),
} as const;

/** An http or https address. A user or password in it would end up in logs and is refused. */
export const httpUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  if (!URL.canParse(text)) return true;
  const url = new URL(text);
  return url.username === '' && url.password === '';
}, 'an address without user and password: give them in a header');

interface CommonConfig {
  readonly batch?:
    | {
        readonly items?: number | undefined;
        readonly bytes?: number | undefined;
        readonly age?: number | undefined;
      }
    | undefined;
}

/** A destination's own limits, with what its entry in relay.yaml says over them. */
export function batchLimits(config: CommonConfig, defaults: BatchLimits): BatchLimits {
  return {
    items: config.batch?.items ?? defaults.items,
    bytes: config.batch?.bytes ?? defaults.bytes,
    ageMs: config.batch?.age ?? defaults.ageMs,
  };
}
