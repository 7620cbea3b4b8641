/** The zod schema of `overrides.yml`. */
import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';
import { groupingKeys } from '../../shared/grouping.ts';

const names = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** The schema of `overrides.yml`. */
export const overridesFile = z
  .strictObject({
    overrides: z
      .array(
        z.strictObject({
          title: z.string().min(1).max(256).optional().describe('Why. Shown wherever a rule was changed.'),
          rules: names
            .optional()
            .describe(
              'The ids, names or titles of the rules and correlations that are changed. A name that no rule has is an error.',
            )
            .meta({ examples: [['Shadow Copies Deleted']] }),
          tags: names
            .optional()
            .describe('Rules with one of these tags, in which `*` stands for any characters.')
            .meta({ examples: [['attack.t1059*']] }),
          folder: names
            .optional()
            .describe(
              'Rules below one of these folders or in one of these files, as seen from `detections/`.',
            )
            .meta({ examples: ['sigmahq/windows/process_creation'] }),
          enabled: z.boolean().optional().describe('`false` switches the rules off.'),
          level: z.enum(LEVELS).optional().describe('The level of the rules.'),
          destinations: z
            .array(z.string().min(1))
            .max(64)
            .optional()
            .describe(
              'Where their alerts go, instead of where `alerts` of relay.yaml sends their level. An empty list for nowhere.',
            )
            .meta({ examples: [['soc-slack']] }),
          ...groupingKeys,
        }),
      )
      .min(1)
      .describe(
        'The overrides. Of several selectors in one, all must fit. If several overrides fit a rule, each key is taken from the last that has it.',
      ),
  })
  .describe("Changes of Sigma rules that others own, without a change to the rules' files.");
