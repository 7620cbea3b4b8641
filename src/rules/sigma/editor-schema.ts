/** A Sigma document as far as editors check it: our own key, and those whose values it is easy to mistake. Sigma's own schema has the rest. */
import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';
import { OWN_KEY, ownAttributes } from './language/parse-own.ts';

export const sigmaForEditors = z
  .looseObject({
    title: z.string().min(1).describe('What the rule looks for, in a few words.'),
    id: z.string().optional().describe('A UUID. It names the rule in records, silences and overrides.'),
    level: z
      .enum(LEVELS)
      .optional()
      .describe('How grave an alert of the rule is. Where its alerts go depends on it. Default: `medium`.'),
    logsource: z.looseObject({}).optional().describe('Which events the rule reads. A correlation has none.'),
    detection: z
      .looseObject({ condition: z.union([z.string(), z.array(z.string())]) })
      .optional()
      .describe('Searches by their names, and the condition over them.'),
    correlation: z.looseObject({}).optional().describe('Several events together, in place of `detection`.'),
    [OWN_KEY]: ownAttributes.optional(),
  })
  .describe('A Sigma rule or a correlation. Keys that are not here are those of the Sigma specification.');
