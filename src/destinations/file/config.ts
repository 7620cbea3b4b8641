import { z } from 'zod';
import { commonConfig } from '../common.ts';

/** `type: file` in relay.yaml: JSON Lines in a file, or on stdout where `path` is `-`. Node only. */
export const fileConfig = z.strictObject({
  type: z.literal('file'),
  path: z.string().min(1),
  ...commonConfig,
});

export type FileConfig = z.infer<typeof fileConfig>;
