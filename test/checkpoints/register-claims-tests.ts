import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoints/port.ts';
import { all, type CheckpointStoreHarness, CONTAINER, checkpoint, fresh, SPLUNK } from './harness.ts';

export interface ClaimsTestOptions {
  /** False: does not wait for a claim of the real service to run out, which is the same wherever we run. */
  readonly expiry?: boolean;
}

/** What the claims of every {@link CheckpointStore} do. */
export function registerClaimsTests(
  name: string,
  make: () => Promise<CheckpointStoreHarness>,
  { expiry = true }: ClaimsTestOptions = {},
): void {
  describe(`${name}: claims`, () => {
    let harness: CheckpointStoreHarness;
    let one: CheckpointStore;
    let two: CheckpointStore;

    beforeAll(async () => {
      harness = await make();
      ({ one, two } = harness);
      await one.ensure();
    });

    it('gives a claim to one consumer', async () => {
      const ref = fresh();
      const claim = await one.claim(ref);
      expect(claim?.durationMs).toBeGreaterThanOrEqual(15_000);
      expect(await two.claim(ref)).toBeUndefined();
      expect(await one.claim(ref)).toBeUndefined();
      await claim?.renew();
      expect(await two.claim(fresh())).toBeDefined();

      await claim?.release();
      const second = await two.claim(ref);
      expect(second).toBeDefined();
      await expect(claim?.renew()).rejects.toMatchObject({ code: 'claim_lost' });
      await claim?.release();
      expect(await one.claim(ref)).toBeUndefined();
      await second?.release();
    });

    it('gives a claim to one of many at once', async () => {
      const ref = fresh();
      const claims = await Promise.all([one, two, one, two, one, two].map((store) => store.claim(ref)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    it('claims for a cursor apart from the blob, and for a replay apart from both', async () => {
      const ref = fresh();
      expect(await one.claim(ref)).toBeDefined();
      expect(await two.claim(ref, SPLUNK)).toBeDefined();
      expect(await two.claim(ref, { ...SPLUNK, destination: 'slack' })).toBeDefined();
      expect(await one.claim(ref, SPLUNK)).toBeUndefined();
      expect(await two.claim(ref, { ...SPLUNK, replay: true })).toBeDefined();
      expect(await one.claim(ref, { ...SPLUNK, replay: true })).toBeUndefined();
    });

    it('saves and loads whoever holds the claim', async () => {
      const ref = fresh();
      const claim = await one.claim(ref);
      await two.save(ref, checkpoint({ length: 1 }), undefined);
      expect((await one.load(ref))?.checkpoint.length).toBe(1);
      await claim?.release();
    });

    it.skipIf(!expiry)(
      'lets a claim run out',
      async () => {
        const stolen = fresh();
        const kept = fresh();
        const first = await one.claim(stolen);
        const idle = await one.claim(kept);
        await harness.expire();

        const second = await two.claim(stolen);
        expect(second).toBeDefined();
        await expect(first?.renew()).rejects.toMatchObject({ code: 'claim_lost' });
        await first?.release();
        await second?.renew();
        expect(await one.claim(stolen)).toBeUndefined();

        await idle?.renew();
        expect(await two.claim(kept)).toBeUndefined();
      },
      60_000,
    );

    it('leaves a claim alone that somebody holds', async () => {
      const ref = fresh();
      await one.save(ref, checkpoint({}), undefined);
      const claim = await one.claim(ref);
      await two.remove(ref);
      await claim?.renew();
      expect(await two.claim(ref)).toBeUndefined();
      await claim?.release();
    });

    it('lists the claims that are held', async () => {
      const folder = 'tenantId=t/y=2026/m=11/d=23/h=10/m=00';
      const [first, second] = [fresh(folder), fresh(folder)];
      const claim = await one.claim(first);
      const lane = await one.claim(second, { ...SPLUNK, replay: true });
      const given = await one.claim(second);
      await given?.release();
      const held = async () => (await all(two.listClaims(CONTAINER, `${folder}/`))).sort();
      expect(await held()).toEqual([first.name, `${second.name}@splunk~replay`].sort());
      await claim?.release();
      await lane?.release();
      expect(await held()).toEqual([]);
      expect(await all(two.listClaims('another-container', ''))).toEqual([]);
    });
  });
}
