import { describe, expect, it } from 'vitest';
import type { BlobEntry } from '../../../src/blobs/port.ts';
import { deletedOn, parsePolicy } from '../../../src/relay/status/retention.ts';
import { CONTAINER, NAME } from '../harness.ts';

const DAY = 86_400_000;
const entry: BlobEntry = {
  ref: { account: 'a', container: CONTAINER, name: NAME },
  length: 1,
  createdOn: 100 * DAY,
  lastModified: 101 * DAY,
  etag: '',
  type: 'append',
};

const rule = (action: object, filters: object = {}, more: object = {}) => ({
  name: 'r',
  type: 'Lifecycle',
  definition: { filters, actions: { baseBlob: { delete: action } } },
  ...more,
});
const policyOf = (...rules: object[]) => parsePolicy(JSON.stringify({ rules }));
const days = (policy: ReturnType<typeof policyOf>) => {
  const at = deletedOn({ policy })(entry);
  return at === undefined ? undefined : at / DAY;
};

describe('a lifecycle policy', () => {
  it('is read as az prints it, and as it is given to az', () => {
    const rules = [rule({ daysAfterModificationGreaterThan: 30.0, daysAfterCreationGreaterThan: null })];
    const shown = { id: '/subscriptions/x', name: 'DefaultManagementPolicy', policy: { rules } };
    expect(days(parsePolicy(JSON.stringify(shown)))).toBe(131);
    expect(days(policyOf(...rules))).toBe(131);
  });

  it('counts from the change, the creation or the last access, whichever comes first', () => {
    expect(days(policyOf(rule({ daysAfterCreationGreaterThan: 30 })))).toBe(130);
    expect(days(policyOf(rule({ daysAfterLastAccessTimeGreaterThan: 7 })))).toBe(108);
    expect(
      days(policyOf(rule({ daysAfterModificationGreaterThan: 9, daysAfterCreationGreaterThan: 60 }))),
    ).toBe(110);
    expect(
      days(
        policyOf(
          rule({ daysAfterModificationGreaterThan: 9 }),
          rule({ daysAfterModificationGreaterThan: 3 }),
        ),
      ),
    ).toBe(104);
  });

  it('is for the blobs that its filters name', () => {
    const after = { daysAfterModificationGreaterThan: 1 };
    expect(days(policyOf(rule(after, { blobTypes: ['blockBlob'] })))).toBeUndefined();
    expect(days(policyOf(rule(after, { blobTypes: ['blockBlob', 'appendBlob'] })))).toBe(102);
    expect(
      days(policyOf(rule(after, { prefixMatch: ['other', 'insights-logs-advancedhunting-device'] }))),
    ).toBe(102);
    expect(days(policyOf(rule(after, { prefixMatch: [`${CONTAINER}/tenantId=u`] })))).toBeUndefined();
    expect(days(policyOf(rule(after, {}, { enabled: false })))).toBeUndefined();
    const tier = {
      definition: { actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 1 } } } },
    };
    expect(days(policyOf(tier))).toBeUndefined();
  });

  it.each(['nonsense', '[]', '{"rules":[{}]}', '{"policy":null}'])(
    'is refused where it is another file: %s',
    (text) => {
      expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: 'bad_policy' }));
    },
  );
});

describe('when a blob is deleted', () => {
  it('is the earliest of the policy, the retention and its own expiry', () => {
    const policy = policyOf(rule({ daysAfterModificationGreaterThan: 30 }));
    expect(deletedOn({ policy, retentionMs: 10 * DAY })(entry)).toBe(111 * DAY);
    expect(deletedOn({ policy, retentionMs: 40 * DAY })(entry)).toBe(131 * DAY);
    expect(deletedOn({ policy })({ ...entry, expiresOn: 105 * DAY })).toBe(105 * DAY);
    expect(deletedOn({})(entry)).toBeUndefined();
  });
});
