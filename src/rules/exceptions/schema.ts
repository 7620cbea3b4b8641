/** The zod schema of files in `exceptions/`. */
import { z } from 'zod';
import { expirySchema } from '../sigma/index.ts';

/** The schema of a file in `exceptions/`. */
export const exceptionsFile = z
  .strictObject({
    exceptions: z
      .array(
        z.strictObject({
          title: z
            .string()
            .min(1)
            .max(256)
            .describe('Why these alerts are not wanted. Shown wherever an alert was suppressed.'),
          rules: z
            .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
            .describe(
              'The ids, names or titles of the Sigma rules whose alerts are suppressed. `any` means all rules, and needs `expires`.',
            )
            .meta({ examples: [['6f0d5b6c-6f9d-4c2a-8a4b-3e1f7d0f9a10', 'Shadow copies deleted']] }),
          detection: z
            .record(z.string(), z.unknown())
            .describe(
              "Sigma's detection: rows that match raise none of the rules' alerts. It may name columns, and the fields of the rules.",
            ),
          owner: z
            .string()
            .min(1)
            .describe('Who answers for the exception: a person or a team.')
            .meta({ examples: ['soc@contoso.com'] }),
          ticket: z
            .string()
            .min(1)
            .optional()
            .describe('Where it was decided.')
            .meta({ examples: ['SEC-1042'] }),
          expires: expirySchema
            .optional()
            .describe(
              'From when on it no longer applies: a day (from its beginning in UTC on), or a time with its zone. Without it, it applies until it is removed.',
            )
            .meta({ examples: ['2026-12-31'] }),
        }),
      )
      .min(1)
      .describe('The exceptions of this file.'),
  })
  .describe("Rows that raise no alerts of certain Sigma rules, without a change to the rules' files.");
