// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: sentinel` in relay.yaml. */
import { z } from 'zod';
import { CLOUD_NAMES } from '../../azure/cloud.ts';
import { sensitive } from '../../shared/secret.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { checkEntra, entraFields } from '../entra-entry.ts';
import { EDITIONS } from './editions.ts';
import { STREAM, streamMistake } from './stream-name.ts';

const table = z.string().regex(/^[A-Za-z]\w{0,99}$/, 'a name of a table, such as DeviceProcessEvents');

const rule = z
  .strictObject({
    id: z
      .string()
      .regex(/^dcr-[0-9a-f]{32}$/, 'dcr- and 32 hexadecimal digits: the immutable id, not the name')
      .describe('The immutable id of the data collection rule.')
      .meta({ examples: ['dcr-00000000000000000000000000000000'] }),
    endpoint: sensitive(httpUrl)
      .describe("The rule's own endpoint for logs ingestion, or that of a data collection endpoint.")
      .meta({ examples: ['https://defender-a1b2.westeurope-1.ingest.monitor.azure.com'] }),
    tables: z
      .array(table)
      .min(1)
      .max(100)
      .optional()
      .describe('The tables whose streams the rule declares. Without it, all that no other rule names.')
      .meta({ examples: [['DeviceProcessEvents', 'DeviceLogonEvents']] }),
    alerts: z
      .boolean()
      .optional()
      .describe('Whether the rule declares the stream of alerts. Default: of the first rule.')
      .meta({ examples: [true] }),
  })
  .describe('One data collection rule: it can have ten streams at most.');

export const sentinelConfig = z
  .strictObject({
    type: z.literal('sentinel'),
    rules: z
      .array(rule)
      .min(1)
      .max(32)
      .describe('The data collection rules. `xdr-relay destinations template` makes them.'),
    stream: z
      .string()
      .superRefine((text, context) => {
        const message = streamMistake(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .default('Custom-{table}')
      .describe('The stream of the rows. `{table}` stands for the name of the table.'),
    alert_stream: z
      .string()
      .regex(STREAM, 'Custom- and letters, digits and `_`')
      .default('Custom-XdrRelayAlert')
      .describe('The stream of alerts.'),
    columns: z
      .enum(EDITIONS)
      .default(EDITIONS[0])
      .describe(
        'The edition of the columns that the rules declare, in the shape `raw`: of the month in which it was made. Columns that it does not know stand in `OtherColumns`.',
      ),
    alert_columns: z
      .boolean()
      .default(false)
      .describe("Also put the row's columns into each alert, in `Event`."),
    ...entraFields('the role Monitoring Metrics Publisher on the rules', 'SENTINEL_CLIENT_SECRET'),
    cloud: z
      .enum(CLOUD_NAMES)
      .optional()
      .describe('The cloud of the workspace. Default: by the endpoint.')
      .meta({ examples: ['usgov'] }),
    ...machineConfig,
  })
  .superRefine((entry, context) => {
    const { rules } = entry;
    const fail = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    checkEntra(entry, context);
    const seen = new Set<string>();
    for (const [index, { tables }] of rules.entries()) {
      for (const name of tables ?? ['']) {
        if (!seen.has(name)) {
          seen.add(name);
          continue;
        }
        fail(
          ['rules', index, 'tables'],
          name === ''
            ? 'left out: another rule takes all further tables already'
            : `a list without ${name}, which another rule takes already`,
        );
      }
    }
    const alerts = rules.flatMap((one, index) => (one.alerts ? [index] : []));
    if (alerts.length > 1)
      fail(['rules', alerts[1] ?? 0, 'alerts'], 'left out: another rule takes alerts already');
  })
  .describe(
    'Microsoft Sentinel, or any Log Analytics workspace, by the Logs Ingestion API of Azure Monitor.',
  );

export type SentinelConfig = z.infer<typeof sentinelConfig>;
export type SentinelRule = SentinelConfig['rules'][number];
