import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetter, DeadLetterArchive, DeadLetterFilter } from '../../src/delivery/dead-letters.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';

/**
 * What every {@link DeadLetterArchive} does; `make` gives an empty one.
 *
 * @param large the rows of 16 MiB to keep: each of them takes seconds, so one host keeps all.
 */
export function registerDeadLettersTests(
  name: string,
  make: (clock: Clock) => Promise<DeadLetterArchive>,
  large: 'all' | 'one' = 'one',
): void {
  describe(`${name}: DeadLetterArchive`, () => {
    let archive: DeadLetterArchive;
    let now = 1_795_400_000_000;

    beforeAll(async () => {
      archive = await make({ ...systemClock, now: () => now });
      await archive.ensure();
      await archive.ensure();
    }, 30_000);

    async function list(filter?: DeadLetterFilter) {
      const found = [];
      for await (const summary of archive.list(filter)) found.push(summary);
      return found;
    }

    /** The one letter of a destination. */
    async function only(destination: string | null) {
      const [summary, ...more] = await list({ destination });
      expect(more).toEqual([]);
      const stored = summary && (await archive.get(summary.name));
      if (!summary || !stored) throw new Error(`no letter for ${destination}`);
      return { summary, stored };
    }

    it('gives back what was put', async () => {
      const put = letter({
        destination: 'full',
        payload: '{"event":"\u2028"}',
        id: 'a'.repeat(32),
        table: 'DeviceEvents',
        rule: 'Certutil 下載',
        details: { status: 413, hec: { code: 6 }, none: null },
      });
      await archive.put(put);
      const { summary, stored } = await only('full');
      expect(stored.letter).toEqual(put);
      expect(stored.storedOn).toBe(now);
      expect(summary).toEqual({
        name: expect.stringMatching(/^full\/2026\/11\/23\/[0-9a-f]{64}\.json$/),
        destination: 'full',
        reason: put.reason,
        storedOn: now,
        blob: BLOB,
        offset: put.source.offset,
        length: put.length,
        id: put.id,
        table: 'DeviceEvents',
        rule: 'Certutil 下載',
      });
    });

    it('keeps rows that are still tried again apart from the others, with when the next try is', async () => {
      const waiting = letter({
        destination: 'isolating',
        answers: [
          { code: 'server_error', message: 'answered 500' },
          { code: 'timeout', message: 'no answer' },
        ],
        isolating: { since: now, tries: 2, next: now + 1_000 },
      });
      await archive.put(waiting);
      expect(await list({ destination: 'isolating' })).toEqual([]);
      expect(await list({ destination: 'isolating', isolating: true })).toMatchObject([
        { destination: 'isolating', nextTry: now + 1_000 },
      ]);
      expect((await list({ isolating: true })).map(({ destination }) => destination)).toContain('isolating');
      expect((await list()).map(({ destination }) => destination)).not.toContain('isolating');
      const [summary] = await list({ destination: 'isolating', isolating: true });
      const stored = await archive.get(summary?.name ?? '');
      expect(stored?.letter).toEqual(waiting);

      const { isolating: _, ...final } = waiting;
      await archive.put(final);
      expect((await only('isolating')).stored.letter).toEqual(final);
      expect(await archive.remove(summary?.name ?? '', stored?.etag ?? '')).toBe('removed');
      expect(await list({ destination: 'isolating', isolating: true })).toEqual([]);
      expect(await list({ destination: 'isolating' })).toHaveLength(1);
    });

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['a byte order mark', Buffer.from('\ufeff{}\r\n')],
      ['NUL and quotes', Buffer.from('\u0000"\\\u2028')],
      ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xc3, 0x28, 0x7d])],
      ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80])],
      ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, n) => n))],
    ])('keeps a row of %s to the byte', async (what, row) => {
      const destination = `row-${what.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}`;
      await archive.put(letter({ destination, row: new Uint8Array(row), length: row.length }));
      expect(Buffer.from((await only(destination)).stored.letter.row).equals(row)).toBe(true);
    });

    it('keeps apart, and lists, the same row of two sources', async () => {
      const at = (name: string | undefined) => ({
        ...(name !== undefined && { name }),
        blob: BLOB,
        offset: 77,
      });
      for (const name of [undefined, 'contoso', 'fabrikam']) {
        await archive.put(letter({ destination: 'sourced', source: at(name) }));
      }
      const all = await list({ destination: 'sourced' });
      expect(all.map(({ source }) => source).sort()).toEqual(['contoso', 'fabrikam', undefined]);
      const [one, ...more] = await list({ destination: 'sourced', source: 'fabrikam' });
      expect(more).toEqual([]);
      expect(one && (await archive.get(one.name))?.letter.source).toEqual(at('fabrikam'));
    });

    it('keeps rows of 16 MiB', async () => {
      const bytes = Buffer.alloc(16 * 1_048_576, randomBytes(65_536));
      await archive.put(letter({ destination: 'big-bytes', row: new Uint8Array(bytes) }));
      expect(bytes.equals((await only('big-bytes')).stored.letter.row)).toBe(true);
      if (large === 'one') return;

      const text = Buffer.alloc(16 * 1_048_576, '{"a":"b"}');
      await archive.put(
        letter({ destination: 'big-text', row: new Uint8Array(text), payload: text.toString() }),
      );
      const { stored } = await only('big-text');
      expect(text.equals(stored.letter.row)).toBe(true);
      expect(stored.letter.payload?.length).toBe(text.length);

      const nothing = Buffer.alloc(16 * 1_048_576);
      await archive.put(letter({ destination: 'big-nothing', row: new Uint8Array(nothing) }));
      expect(nothing.equals((await only('big-nothing')).stored.letter.row)).toBe(true);
    }, 60_000);

    it('leaves out a payload that is too long, and refuses a row that is', async () => {
      const row = new Uint8Array(Buffer.from('{}'));
      await archive.put(letter({ destination: 'long-payload', row, payload: 'x'.repeat(65 * 1_048_576) }));
      expect((await only('long-payload')).stored.letter).not.toHaveProperty('payload');
      await expect(archive.put(letter({ row: new Uint8Array(65 * 1_048_576) }))).rejects.toMatchObject({
        code: 'dead_letter_too_large',
      });
    }, 60_000);

    it('replaces a letter for the same row and destination, whatever the reason', async () => {
      await archive.put(letter({ destination: 'again', id: 'x', reason: 'too_large' }));
      const first = await only('again');
      now += 1000;
      await archive.put(letter({ destination: 'again', id: 'x', reason: 'rows_refused' }));
      const second = await only('again');
      expect(second.summary).toEqual({ ...first.summary, reason: 'rows_refused', storedOn: now });
      expect(await archive.remove(first.summary.name, first.stored.etag)).toBe('changed');
      expect((await only('again')).stored.etag).toBe(second.stored.etag);
    });

    it('keeps apart what differs', async () => {
      const destination = 'apart';
      const source = { blob: BLOB, offset: 1 };
      const other = { blob: BLOB.replace('h=07', 'h=08'), offset: 1 };
      await archive.put(letter({ destination, source, id: 'x' }));
      await archive.put(letter({ destination, source: { blob: BLOB, offset: 2 }, id: 'x' }));
      await archive.put(letter({ destination, source: other, id: 'x' }));
      await archive.put(letter({ destination, source, id: 'y' }));
      await archive.put(letter({ destination, source, id: 'x', rule: 'a rule' }));
      await archive.put(letter({ destination, source, row: new Uint8Array([1]) }));
      await archive.put(letter({ destination, source, row: new Uint8Array([2]) }));
      expect(await list({ destination })).toHaveLength(7);
    });

    it('keeps rows that no destination refused', async () => {
      await archive.put(
        letter({ destination: undefined, reason: 'not_json', source: { blob: 'c/x', offset: 3 } }),
      );
      const { summary, stored } = await only(null);
      expect(summary.name).toMatch(/^_unreadable\/undated\//);
      expect(summary.destination).toBeUndefined();
      expect(stored.letter.destination).toBeUndefined();
    });

    it('lists by destination, reason and time', async () => {
      now += 10_000;
      const start = now;
      for (const [destination, reason] of [
        ['filter-a', 'rows_refused'],
        ['filter-a', 'too_large'],
        ['filter-b', 'rows_refused'],
      ] as const) {
        now += 1000;
        await archive.put(letter({ destination, reason, id: `${destination} ${reason}` }));
      }
      const of = async (filter: DeadLetterFilter) =>
        (await list({ from: start, ...filter }))
          .map((found) => `${found.destination} ${found.reason}`)
          .sort();
      expect(await of({})).toEqual(['filter-a rows_refused', 'filter-a too_large', 'filter-b rows_refused']);
      expect(await of({ destination: 'filter-a' })).toEqual(['filter-a rows_refused', 'filter-a too_large']);
      expect(await of({ reason: 'rows_refused' })).toEqual([
        'filter-a rows_refused',
        'filter-b rows_refused',
      ]);
      expect(await of({ destination: 'filter-b', reason: 'too_large' })).toEqual([]);
      expect(await of({ from: start + 2000, to: start + 3000 })).toEqual(['filter-a too_large']);
      expect(await of({ destination: 'filter' })).toEqual([]);
    });

    it('removes', async () => {
      await archive.put(letter({ destination: 'removed' }));
      const { summary, stored } = await only('removed');
      expect(await archive.remove(summary.name, '"other"')).toBe('changed');
      expect(await archive.remove(summary.name, stored.etag)).toBe('removed');
      expect(await archive.remove(summary.name, stored.etag)).toBe('gone');
      expect(await archive.get(summary.name)).toBeUndefined();
      expect(await list({ destination: 'removed' })).toEqual([]);
    });

    it.each([
      '',
      'x',
      '../a.json',
      'full/2026/11/23/x.json',
      'a/b/../../c.json',
      `full/undated/${'0'.repeat(64)}.json`,
    ])('has no letter %j', async (wrong) => {
      expect(await archive.get(wrong)).toBeUndefined();
    });

    it('lists what is too long for its metadata in part', async () => {
      const source = { blob: `container/${'ü'.repeat(1000)}`, offset: 4 };
      await archive.put(letter({ destination: 'long', source, rule: '規'.repeat(200) }));
      const { summary, stored } = await only('long');
      expect(summary.blob).toBeUndefined();
      expect(summary.rule).toMatch(/^規+$/);
      expect(stored.letter.source).toEqual(source);
    });
  });
}

export function letter(
  some: Partial<DeadLetter> & { readonly destination?: string | undefined },
): DeadLetter {
  return {
    destination: 'splunk',
    reason: 'too_large',
    message: 'Payload Too Large',
    source: { blob: BLOB, offset: 123_456_789_012 },
    length: 2,
    row: new Uint8Array(Buffer.from('{}')),
    ...some,
  };
}
