/** What the entries of all destinations in relay.yaml have in common. */
import { z } from 'zod';
import { durationBetween, sizeBetween } from '../shared/duration.ts';
import { parseNetwork } from '../shared/network.ts';
import { egressConfig } from './egress.ts';
import type { BatchLimits } from './port.ts';
import { ABOUT_SHAPES, SHAPES } from './shapes.ts';

/** What destinations and sources are named. */
export const configName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    '1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends',
  );

/** A network in relay.yaml, such as `10.1.0.0/16`; one address is a network, too. */
export const networkText = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, 'a network such as "10.1.0.0/16" or "::1"');

/** What every destination's entry in relay.yaml may set. */
export const commonConfig = {
  was: z
    .union([configName, z.array(configName).min(1).max(16)])
    .optional()
    .describe(
      'The name the destination had before, or a list of them: the destination keeps their offsets and dead letters. Stop all consumers before renaming.',
    )
    .meta({ examples: ['splunk-old'] }),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Batches in flight at once from one process.')
    .meta({ examples: [4] }),
  batch: z
    .strictObject({
      items: z
        .number()
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .describe('Events in one batch, at most.')
        .meta({ examples: [500] }),
      bytes: sizeBetween('1KiB', '64MiB', 'a batch is held in memory whole')
        .optional()
        .describe('Bytes in one batch before compression, at most. A larger event goes alone.')
        .meta({ examples: ['1MiB'] }),
      age: durationBetween('0s', '1m', 'the blob is held meanwhile')
        .optional()
        .describe('How long the first event of a batch waits for more events.')
        .meta({ examples: ['2s'] }),
    })
    .optional()
    .describe('When a batch is full, whichever comes first.'),
  timeout: durationBetween('100ms', '10m', 'the rows of a blob wait for the answer')
    .optional()
    .describe('How long one request may take.')
    .meta({ examples: ['30s'] }),
  allow_networks: z
    .array(networkText)
    .optional()
    .describe('Networks outside the public internet in which this destination may be.')
    .meta({ examples: [['10.20.0.0/16']] }),
  ...egressConfig,
  shape: z
    .enum(SHAPES)
    .optional()
    .describe(
      `The form in which a row is sent: ${SHAPES.map((shape) => `\`${shape}\`, ${ABOUT_SHAPES[shape]}`).join(', or ')}. The default depends on the type, see below; destinations for people format their own messages.`,
    )
    .meta({ examples: ['relay'] }),
} as const;

/** Of destinations for machines. */
const groupAlerts = z
  .boolean()
  .default(false)
  .describe(
    "Send a record for each group of alerts in place of one for each alert: the first at once, later ones with the same alert id and a higher `group.count` at most once in the group's `repeat`. See docs/alerts.md.",
  )
  .meta({ examples: [true] });

/** Of destinations for machines: rows wait for them in their blobs. */
const disableAfter = z
  .union([
    z.literal('never'),
    durationBetween('1h', '90d', 'a mistake is mended in less, and the blobs are kept no longer'),
  ])
  .prefault('5d')
  .describe(
    'How long a destination may refuse everything for a reason that does not pass by itself, such as a wrong token, before it is disabled: it is no longer tried, its rows wait in their blobs, and `xdr-relay destinations enable` goes on where it stopped. A destination that is only slow, busy or not reached is never disabled. `never`: it is tried for ever.',
  )
  .meta({ examples: ['5d'] });

/** What every entry of a destination for machines may set. */
export const machineConfig = {
  group_alerts: groupAlerts,
  disable_after: disableAfter,
  ...commonConfig,
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
