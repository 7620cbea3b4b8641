// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** The parts of the schema of relay.yaml that say where events and alerts go, and what rules take their values from. */
import { z } from 'zod';
import { LABEL_LIMIT, LINK_PLACEHOLDER_NAMES, LINK_TEMPLATE_LIMIT } from '../alerts/links.ts';
import { configName } from '../destinations/common.ts';
import { LEVELS } from '../shared/event.ts';
import { groupingKeys } from '../shared/grouping.ts';
import { sensitive } from '../shared/secret.ts';

export const alertRouteConfig = z.strictObject({
  levels: z
    .array(z.enum(LEVELS))
    .min(1)
    .describe("Sigma's levels.")
    .meta({ examples: [['high', 'critical']] }),
  to: z
    .array(configName)
    .min(1)
    .describe('Names of destinations.')
    .meta({ examples: [['splunk', 'soc-slack']] }),
  ...groupingKeys,
});

export const alertRoutesConfig = z
  .array(alertRouteConfig)
  .default([])
  .describe("Where detections' alerts go, by level.");

export const defaultDestinationsConfig = z
  .array(configName)
  .default([])
  .describe('Where rows of tables without `routes` go, including every table without a table file.')
  .meta({ examples: [['splunk']] });

export const linksConfig = z
  .record(
    z
      .string()
      .min(1)
      .max(LABEL_LIMIT)
      .regex(/^[^\p{Cc}\p{Cf}]+$/u, `a label of at most ${LABEL_LIMIT} characters`),
    z.string().min(1).max(LINK_TEMPLATE_LIMIT),
  )
  .default({})
  .describe(
    `Links in messages for people, by label: https addresses such as a search in the SIEM. In braces stand ${LINK_PLACEHOLDER_NAMES.join(', ')}; values are encoded for an address, characters that a query language gives a meaning become \`*\`, and a link without a value for a placeholder is left out.`,
  )
  .meta({
    examples: [
      {
        Splunk:
          'https://splunk.contoso.com/en-US/app/search/search?q=search%20index%3Ddefender%20%22{host}%22&earliest={from_epoch}&latest={to_epoch}',
      },
    ],
  });

export const variablesConfig = z
  .record(z.string(), z.union([sensitive(z.string()), z.array(sensitive(z.string()))]))
  .default({})
  .describe("Values for `$NAME` in rule files (hash keys) and for Sigma's `expand` placeholders.")
  .meta({ examples: [{ HASH_KEY: '${HASH_KEY}', admin_hosts: ['jump-01', 'jump-02'] }] });
