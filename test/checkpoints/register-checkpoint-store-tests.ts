import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoints/port.ts';
import type { CheckpointSummary } from '../../src/checkpoints/summary.ts';
import { all, type CheckpointStoreHarness, CONTAINER, checkpoint, fresh, SPLUNK } from './harness.ts';

/** What every {@link CheckpointStore} does. */
export function registerCheckpointStoreTests(
  name: string,
  make: () => Promise<CheckpointStoreHarness>,
): void {
  describe(`${name}: CheckpointStore`, () => {
    let one: CheckpointStore;
    let two: CheckpointStore;
    let many: number;

    beforeAll(async () => {
      ({ one, two, many } = await make());
      await one.ensure();
      await one.ensure();
    });

    it('has nothing of a blob it never saw', async () => {
      expect(await one.load(fresh())).toBeUndefined();
    });

    it('gives back what was saved, to everybody', async () => {
      const ref = fresh();
      const etag = await one.save(ref, checkpoint({ length: 10 }), undefined);
      expect(await two.load(ref)).toEqual({ checkpoint: checkpoint({ length: 10 }), etag });

      const full = checkpoint({
        length: 20,
        format: 'gzip',
        end: { length: 20, offset: 90 },
        closed: true,
        destinations: { splunk: { offset: 90, behind: { task: 'a', due: 5, attempts: 2 } } },
        replays: { splunk: { offset: 30, to: 90, behind: { task: 'c', due: 7, attempts: 0 } } },
        next: { task: 'b', due: 6 },
      });
      const next = await two.save(ref, full, etag);
      expect(next).not.toBe(etag);
      expect(await one.load(ref)).toEqual({ checkpoint: full, etag: next });
    });

    it('lets one of two savers win', async () => {
      const conflict = { code: 'checkpoint_conflict' };
      const ref = fresh();
      const etag = await one.save(ref, checkpoint({ length: 1 }), undefined);
      await expect(two.save(ref, checkpoint({ length: 2 }), undefined)).rejects.toMatchObject(conflict);
      await two.save(ref, checkpoint({ length: 2 }), etag);
      await expect(one.save(ref, checkpoint({ length: 3 }), etag)).rejects.toMatchObject(conflict);
      expect((await one.load(ref))?.checkpoint.length).toBe(2);
      await expect(one.save(fresh(), checkpoint({}), etag)).rejects.toMatchObject(conflict);
    });

    it('lets one of many savers at once win', async () => {
      const ref = fresh();
      for (let round = 0, etag: string | undefined; round < 3; round += 1) {
        const outcomes = await Promise.allSettled(
          [one, two, one, two, one].map((store, n) => store.save(ref, checkpoint({ length: n }), etag)),
        );
        const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
        expect(won).toHaveLength(1);
        etag = won[0]?.value;
        expect((await one.load(ref))?.etag).toBe(etag);
      }
    });

    it('refuses a checkpoint beyond 64 KiB', async () => {
      const destinations = Object.fromEntries(
        Array.from({ length: 5000 }, (_, n) => [`splunk-${n}`, { offset: n }]),
      );
      await expect(one.save(fresh(), checkpoint({ destinations }), undefined)).rejects.toMatchObject({
        code: 'checkpoint_unreadable',
      });
    });

    it('forgets a blob', async () => {
      const ref = fresh();
      const etag = await one.save(ref, checkpoint({}), undefined);
      await (await one.claim(ref))?.release();
      await (await one.claim(ref, SPLUNK))?.release();
      await expect(two.remove(ref, '"other"')).rejects.toMatchObject({ code: 'checkpoint_conflict' });
      await two.remove(ref, etag);
      expect(await one.load(ref)).toBeUndefined();
      await two.remove(ref);
      await one.save(ref, checkpoint({}), undefined);
    });

    it.each([
      'tenantId=t/a b+c&d=e?f#g%2F.json',
      'Überwachung/日本語.json',
      'dots/../climbing/./here.json',
      '..',
      'trailing.',
      'double//slash/',
      'back\\slash.json',
      `${'long/'.repeat(150)}${'n'.repeat(1024 - 750)}`,
      'x'.repeat(1024),
      'y/'.repeat(300),
      `~${'0'.repeat(64)}`,
    ])('keeps the state of the name %j', async (odd) => {
      const container = `odd-${crypto.randomUUID()}`;
      const ref = { account: 'contoso', container, name: odd };
      const etag = await one.save(ref, checkpoint({ length: 7 }), undefined);
      expect(await two.load(ref)).toEqual({ checkpoint: checkpoint({ length: 7 }), etag });
      const claim = await one.claim(ref);
      expect(await two.claim(ref)).toBeUndefined();
      await claim?.release();
      const lane = await one.claim(ref, SPLUNK);
      await lane?.release();
      expect((await all(two.list(container, ''))).map((summary) => summary.name)).toEqual([odd]);
      expect((await two.look({ account: 'contoso', container, name: odd }))?.name).toBe(odd);
      await two.remove(ref, etag);
      expect(await all(one.list(container, ''))).toEqual([]);
    });

    it('lists what a sweep needs', async () => {
      const folder = 'tenantId=t/y=2026/m=11/d=23/h=09/m=00';
      const [first, second] = [fresh(folder), fresh(folder)];
      const full = checkpoint({
        createdOn: 1_795_000_000_123,
        length: 500,
        end: { length: 500, offset: 480 },
        closed: true,
        etag: '0x8DE2C1F5A3B4C70',
        hold: { code: 'blob_archived', since: 1_795_000_000_000, failures: 3, until: 1_795_000_009_000 },
        destinations: {
          splunk: { offset: 480, print: { at: 400, hash: 'rB5mkiXUp70juI_XsbhoMQ' } },
          slack: { offset: 120, behind: { task: 'a', due: 1_795_000_007_000, attempts: 2 } },
          webhook: { offset: 130, behind: { task: 'b', due: 1_795_000_006_500, attempts: 1 } },
        },
        replays: {
          splunk: { offset: 7, to: 480, behind: { task: 'd', due: 1_795_000_006_000, attempts: 0 } },
        },
        next: { task: 'c', due: 1_795_000_005_000 },
      });
      await one.save(first, full, undefined);
      await one.save(second, checkpoint({ length: 3, end: { length: 2, offset: 2 } }), undefined);
      const wanted: CheckpointSummary[] = [
        {
          name: first.name,
          createdOn: 1_795_000_000_123,
          length: 500,
          closed: true,
          offset: 120,
          end: 480,
          due: 1_795_000_005_000,
          behindDue: 1_795_000_006_000,
          hold: { code: 'blob_archived', until: 1_795_000_009_000 },
          etag: '0x8DE2C1F5A3B4C70',
        },
        { name: second.name, createdOn: 1000, length: 3, closed: false, offset: 0 },
      ];
      const byName = (a: CheckpointSummary, b: CheckpointSummary) => (a.name < b.name ? -1 : 1);
      expect(await all(two.list(CONTAINER, `${folder}/`))).toEqual(wanted.sort(byName));
      expect(await all(two.list(CONTAINER, 'tenantId=nobody/'))).toEqual([]);
      for (const ref of [first, second]) {
        expect(await two.look(ref)).toEqual(wanted.find(({ name }) => name === ref.name));
      }
      expect(await two.look(fresh())).toBeUndefined();
      expect(await all(two.list('another-container', ''))).toEqual([]);
    });

    it('lists more checkpoints than a page holds, in order', async () => {
      const container = 'insights-logs-advancedhunting-many';
      const names = Array.from(
        { length: many },
        (_, n) => `h=${n % 24}/PT1H_${String(n).padStart(4, '0')}.json`,
      );
      const waiting = [...names];
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let blob = waiting.pop(); blob !== undefined; blob = waiting.pop()) {
            await one.save({ account: 'contoso', container, name: blob }, checkpoint({}), undefined);
          }
        }),
      );
      expect((await all(two.list(container, ''))).map((summary) => summary.name)).toEqual(names.sort());
    });
  });
}
