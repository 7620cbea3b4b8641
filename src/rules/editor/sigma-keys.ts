/** The keys of Sigma's documents with their meanings, for editors: more than the relay checks, since authors may add others. */
import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';
import { expirySchema } from '../sigma/index.ts';
import { ownAttributes } from '../sigma/language/parse-own.ts';

const text = z.string();
const bound = z.number().optional();

const logsource = z
  .object({
    category: text
      .optional()
      .describe(
        'The kind of event, such as `process_creation`. With the product it decides which tables the rule reads.',
      )
      .meta({ examples: ['process_creation'] }),
    product: text
      .optional()
      .describe(
        'The product that writes the events: `windows`, `linux`, `macos`, or `m365defender` for rules on tables themselves.',
      )
      .meta({ examples: ['windows'] }),
    service: text
      .optional()
      .describe('A log of the product, such as `security`.')
      .meta({ examples: ['security'] }),
    definition: text
      .optional()
      .describe('What must be switched on so that the events are written. For people.'),
  })
  .describe('Which events the rule reads.');

const correlation = z
  .object({
    type: z
      .enum([
        'event_count',
        'value_count',
        'temporal',
        'temporal_ordered',
        'value_sum',
        'value_avg',
        'value_percentile',
      ])
      .describe(
        'What is counted: events, different values, rules that all match within the time span, or a number in the events.',
      ),
    rules: z
      .union([text, z.array(text)])
      .describe('The ids or names of the rules whose matches are counted.'),
    'group-by': z
      .union([text, z.array(text)])
      .optional()
      .describe(
        'Fields whose values are counted separately: each value, or combination, has a count of its own.',
      )
      .meta({ examples: [['DeviceName']] }),
    timespan: text
      .describe('How far the events may lie apart: a number with s, m, h or d, up to `7d`.')
      .meta({ examples: ['5m'] }),
    condition: z
      .object({
        gt: bound.describe('More than.'),
        gte: bound.describe('At least.'),
        lt: bound.describe('Less than.'),
        lte: bound.describe('At most.'),
        eq: bound.describe('Exactly.'),
        neq: bound.describe('Any count but this.'),
        field: z
          .union([text, z.array(text)])
          .optional()
          .describe('The field whose values are counted, or whose number is added up.'),
        percentile: bound.describe('For `value_percentile`: which percentile, from 0 to 100.'),
      })
      .optional()
      .describe('When the correlation raises an alert.')
      .meta({ examples: [{ gte: 10 }] }),
    aliases: z
      .record(text, z.record(text, text))
      .optional()
      .describe('A name of a field for `group-by` -> for each rule, the field of that rule.'),
    generate: z
      .boolean()
      .optional()
      .describe('Whether the counted rules raise their own alerts too. Default: false.'),
  })
  .describe('Several events together, in place of `detection`.');

/** A Sigma rule, correlation or filter. */
export const sigmaDocument = z.object({
  title: text.describe('What the rule looks for, in a few words. Alerts have it as their title.'),
  id: text
    .optional()
    .describe('A UUID of its own. Exceptions, overrides, silences and correlations name the rule by it.')
    .meta({ examples: ['6f0d5b6c-6f9d-4c2a-8a4b-3e1f7d0f9a10'] }),
  name: text
    .optional()
    .describe('A short name by which correlations refer to the rule.')
    .meta({ examples: ['failed_logon'] }),
  related: z
    .array(
      z.object({
        id: text.describe('The id of the other rule.'),
        type: z
          .enum(['derived', 'obsolete', 'merged', 'renamed', 'similar'])
          .describe('How the two rules are related.'),
      }),
    )
    .optional()
    .describe('Other rules that this one comes from, replaces, or resembles.'),
  taxonomy: text.optional().describe('The names of fields that the rule uses. Only `sigma` is known.'),
  status: z
    .enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported'])
    .optional()
    .describe('How mature the rule is.'),
  description: text.optional().describe('What the rule detects, and why that matters.'),
  license: text.optional().describe('The licence of the rule, by its SPDX identifier.'),
  author: text.optional().describe('Who can be asked about the rule.'),
  references: z.array(text).optional().describe('Links to where the behaviour is described.'),
  date: text
    .optional()
    .describe('When the rule was written: `YYYY-MM-DD`.')
    .meta({ examples: ['2026-11-27'] }),
  modified: text
    .optional()
    .describe('When the rule was last changed: `YYYY-MM-DD`.')
    .meta({ examples: ['2026-11-27'] }),
  tags: z
    .array(text)
    .optional()
    .describe(
      'What of ATT&CK the rule detects, and other labels: `attack.execution`, `attack.t1059.001`, `cve.2024-1234`.',
    )
    .meta({ examples: [['attack.execution']] }),
  level: z
    .enum(LEVELS)
    .optional()
    .describe(
      'How grave an alert of the rule is. `alerts` of relay.yaml says where alerts of each level go. Default: `medium`.',
    ),
  logsource: logsource.optional(),
  detection: z
    .record(text, z.unknown())
    .optional()
    .describe('Named selections of rows, and the condition over them.'),
  correlation: correlation.optional(),
  filter: z
    .record(text, z.unknown())
    .optional()
    .describe('A Sigma filter: narrows the rules that `rules` names. Rows must match its condition too.'),
  falsepositives: z.array(text).optional().describe('What else may look like this.'),
  fields: z.array(text).optional().describe('The fields that an analyst looks at first.'),
  xdr_relay: ownAttributes.optional(),
  expires: expirySchema.optional().describe('For a filter: from when on it no longer applies.'),
  owner: text.optional().describe('For a filter: who answers for it.'),
  ticket: text.optional().describe('For a filter: where it was decided.'),
});
