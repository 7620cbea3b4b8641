/** Computes when a storage account deletes a blob: by lifecycle rules, by `retention:` of relay.yaml, or by the blob's own expiry. */

import { z } from 'zod';
import type { BlobEntry } from '../../blobs/port.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { RelayError } from '../../shared/errors.ts';

/** Returns the earliest time at which a blob may be deleted, ms since the epoch; undefined if no deletion is known. */
export type DeletedOn = (entry: BlobEntry) => number | undefined;

const days = z.number().nonnegative().max(100_000);

const ruleSchema = z.lazy(() =>
  z.object({
    enabled: z.boolean().default(true),
    type: z.string().optional(),
    definition: z.object({
      filters: z
        .object({
          blobTypes: z.array(z.string().max(100)).max(100).optional(),
          prefixMatch: z.array(z.string().max(2_000)).max(1_000).optional(),
        })
        .nullish(),
      actions: z.object({
        baseBlob: z
          .object({
            delete: z
              .object({
                daysAfterModificationGreaterThan: days.nullish(),
                daysAfterCreationGreaterThan: days.nullish(),
                daysAfterLastAccessTimeGreaterThan: days.nullish(),
              })
              .nullish(),
          })
          .nullish(),
      }),
    }),
  }),
);

const rulesSchema = z.object({ rules: z.array(ruleSchema).max(1_000) });
const policySchema = z.union([
  rulesSchema,
  z.object({ policy: rulesSchema }).transform(({ policy }) => policy),
]);

/** The rules of a lifecycle policy that delete blobs. */
export type LifecyclePolicy = z.infer<typeof rulesSchema>;

/**
 * Parses a lifecycle policy, as `az storage account management-policy show` prints it or as `create` accepts it. Throws RelayError
 * `bad_policy`.
 *
 * @see https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
 */
export function parsePolicy(text: string): LifecyclePolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RelayError('bad_policy', 'The lifecycle policy is not JSON', { cause });
  }
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RelayError(
    'bad_policy',
    'The lifecycle policy is not what "az storage account management-policy show" prints: it has no list of rules, or a rule has another shape',
  );
}

/**
 * Makes a function that returns the earliest deletion by any known rule. A rule by last access is counted from the last change, which is
 * earlier; conditions on index tags are assumed to hold. Azure runs the rules about once a day, so a blob may stay longer.
 */
export function deletedOn({
  retentionMs,
  policy,
}: {
  readonly retentionMs?: number | undefined;
  readonly policy?: LifecyclePolicy | undefined;
}): DeletedOn {
  const rules = (policy?.rules ?? []).filter(
    ({ enabled, definition }) => enabled && definition.actions.baseBlob?.delete,
  );
  return (entry) => {
    const moments = rules.flatMap((rule) => (appliesTo(rule, entry) ? momentsOf(rule, entry) : []));
    if (retentionMs !== undefined) moments.push(entry.lastModified + retentionMs);
    if (entry.expiresOn !== undefined) moments.push(entry.expiresOn);
    return moments.length === 0 ? undefined : Math.min(...moments);
  };
}

type Rule = LifecyclePolicy['rules'][number];

function appliesTo({ definition: { filters } }: Rule, { ref, type }: BlobEntry): boolean {
  const types = filters?.blobTypes ?? [];
  if (types.length > 0 && !types.some((name) => name.toLowerCase() === `${type}blob`)) return false;
  const prefixes = filters?.prefixMatch ?? [];
  return (
    prefixes.length === 0 || prefixes.some((prefix) => `${ref.container}/${ref.name}`.startsWith(prefix))
  );
}

function momentsOf({ definition }: Rule, { lastModified, createdOn }: BlobEntry): number[] {
  const { delete: action } = definition.actions.baseBlob ?? {};
  const after = [
    [lastModified, action?.daysAfterModificationGreaterThan],
    [createdOn, action?.daysAfterCreationGreaterThan],
    [lastModified, action?.daysAfterLastAccessTimeGreaterThan],
  ] as const;
  return after.flatMap(([from, count]) =>
    count === null || count === undefined ? [] : [from + count * DAY_MS],
  );
}
