/** `type: file` in relay.yaml. Node only. */
import { z } from 'zod';
import { machineConfig } from '../common.ts';

export const fileConfig = z
  .strictObject({
    type: z.literal('file'),
    path: z
      .string()
      .min(1)
      .describe('The file; `-` is standard output, and the log then goes to standard error.')
      .meta({ examples: ['-'] }),
    ...machineConfig,
  })
  .describe('JSON Lines in a file or on standard output, for testing.');

export type FileConfig = z.infer<typeof fileConfig>;
