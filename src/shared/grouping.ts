/** The keys by which relay.yaml, a table's route and a rule declare how alerts are grouped for people, and what they mean together. */
import { z } from 'zod';
import { durationBetween } from './duration.ts';
import type { Grouping } from './event.ts';

/** What declarations say, key by key; `off`: alerts are not grouped. */
export type DeclaredGrouping = Partial<Grouping> | 'off';

const column = z
  .string()
  .max(128)
  .regex(/^[\p{L}_][\p{L}\p{N}_.-]*$/u, 'the name of a column, or a path such as AdditionalFields.Name');

/** The keys. They stand beside `levels` in relay.yaml, beside `severity` in a route, and in `xdr_relay` of a Sigma rule. */
export const groupingKeys = {
  group_by: z
    .union([column, z.array(column).min(1).max(8)])
    .optional()
    .describe(
      "For people: alerts of a rule with equal values in these columns are one group, and one message. Columns are those after the table's transform. Default: the host; for a correlation its `group-by`.",
    )
    .meta({ examples: [['DeviceName', 'AccountName']] }),
  window: durationBetween('1s', '7d', 'a group is kept in the state so long')
    .optional()
    .describe('A group ends so long after its first alert; the next alert begins another one. Default: 1h.')
    .meta({ examples: ['4h'] }),
  repeat: durationBetween('1s', '7d', 'what was added to a group is told so late')
    .optional()
    .describe(
      'The first alert of a group is told at once; what is added to it, at most once in this time. Default: 10m.',
    )
    .meta({ examples: ['30m'] }),
  grouping: z
    .union([z.literal('off'), z.literal(false)])
    .optional()
    .describe('`off`: each alert is a message of its own.')
    .meta({ examples: ['off'] }),
} as const;

/** The keys as they were read: durations in milliseconds. */
export interface GroupingKeys {
  readonly group_by?: string | readonly string[] | undefined;
  readonly window?: number | undefined;
  readonly repeat?: number | undefined;
  readonly grouping?: 'off' | false | undefined;
}

/** Undefined where nothing is declared. */
export function declaredGrouping({
  group_by: by,
  window,
  repeat,
  grouping,
}: GroupingKeys): DeclaredGrouping | undefined {
  if (grouping !== undefined) return 'off';
  if (by === undefined && window === undefined && repeat === undefined) return undefined;
  return {
    ...(by !== undefined && { by: typeof by === 'string' ? [by] : [...new Set(by)] }),
    ...(window !== undefined && { windowMs: window }),
    ...(repeat !== undefined && { repeatMs: repeat }),
  };
}

/** What the keys of one declaration say against each other: the key to blame, and why. */
export function groupingConflict(
  keys: GroupingKeys,
): { readonly key: 'grouping' | 'repeat'; readonly message: string } | undefined {
  const { group_by: by, window, repeat, grouping } = keys;
  if (grouping !== undefined && (by ?? window ?? repeat) !== undefined) {
    return { key: 'grouping', message: '"grouping: off" leaves nothing to group, window or repeat' };
  }
  if (window !== undefined && repeat !== undefined && repeat > window) {
    return {
      key: 'repeat',
      message: '"repeat" is longer than "window": a group would end before it is told again',
    };
  }
  return undefined;
}

/** The declarations of one rule, the nearest to it first: each key is the first that says it. An `off` ends the list. */
export function mergedGrouping(
  declared: readonly (DeclaredGrouping | undefined)[],
): DeclaredGrouping | undefined {
  let merged: Partial<Grouping> | undefined;
  for (const one of declared) {
    if (one === 'off') return merged ?? 'off';
    if (one) merged = { ...one, ...merged };
  }
  return merged;
}
