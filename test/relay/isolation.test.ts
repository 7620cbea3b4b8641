import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../lab/delivery.ts';
import { numberOf } from '../../lab/memory/sink.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Batch } from '../../src/destinations/port.ts';
import { MINUTE, NAME, numbers, relay, row, rows } from './harness.ts';

const has = (batch: Batch, wanted: (n: number) => boolean) =>
  batch.items.some((item) => wanted(Number(numberOf(item))));

const refusals = {
  'HTTP 400': () => new RowsRefusedError('rows_refused', 'answered 400'),
  'HTTP 403': () => new DestinationRefusedError('not_authorized', 'answered 403'),
  'HTTP 500': () => new RetryableError('server_error', 'answered 500'),
};

describe.each(Object.entries(refusals))('a row that is answered %s while others are accepted', (_, make) => {
  it('is passed over, tried again, and stays a dead letter with what was said of it', async () => {
    const r = relay(['hook']);
    r.sink('hook').behave = (batch) => {
      if (has(batch, (n) => n === 4)) throw make();
    };
    r.append(rows(0, 9));
    await r.notify();
    await r.work();
    expect(r.sink('hook').rows).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
    for (let minutes = 0; minutes < 14; minutes++) {
      await r.pass(MINUTE);
      await r.retryIsolated();
    }
    const listed = async (isolating: boolean) => {
      const found = [];
      for await (const each of r.deadLetters.list({ isolating })) found.push(each);
      return found;
    };
    expect(await listed(true)).toHaveLength(1);
    expect(await listed(false)).toEqual([]);
    for (let minutes = 0; minutes < 4; minutes++) {
      await r.pass(MINUTE);
      await r.retryIsolated();
    }
    expect(await listed(true)).toEqual([]);
    const [letter] = await listed(false);
    const stored = await r.deadLetters.get(letter?.name ?? '');
    expect(stored?.letter).toMatchObject({
      reason: make().code,
      answers: [{ code: make().code, message: make().message }],
      destination: 'hook',
    });
    expect(stored?.letter).not.toHaveProperty('isolating');
    expect(Buffer.from(stored?.letter.row ?? []).toString()).toContain('"n":4');
    expect(r.deps.destinations.get('hook')?.breaker.record).toBeUndefined();
  });

  it.each([
    ['ahead', 24 * 60 * MINUTE],
    ['behind', -24 * 60 * MINUTE],
  ])(
    'is tried again in time, and often enough, though a consumer with a clock a day %s has isolated it',
    async (_, offMs) => {
      const r = relay(['hook']);
      r.sink('hook').behave = (batch) => {
        if (has(batch, (n) => n === 4)) throw make();
      };
      r.append(rows(0, 9));
      await r.notify();
      await r.work();
      const off = r.clock.now() + offMs;
      for await (const { name } of r.deadLetters.list({ isolating: true })) {
        const stored = await r.deadLetters.get(name);
        if (!stored) throw new Error('no letter');
        await r.deadLetters.put({
          ...stored.letter,
          isolating: { since: off, tries: 0, next: off },
        });
      }
      let tries = 0;
      r.sink('hook').behave = (batch) => {
        if (!has(batch, (n) => n === 4)) return;
        tries += 1;
        throw make();
      };
      for (let minutes = 0; minutes < 20; minutes++) {
        await r.retryIsolated();
        await r.pass(MINUTE);
      }
      expect(tries).toBe(5);
      const final = [];
      for await (const each of r.deadLetters.list()) final.push(each);
      expect(final).toHaveLength(1);
    },
  );

  it('is delivered from the dead letters once its destination accepts it', async () => {
    const r = relay(['hook']);
    r.sink('hook').behave = (batch) => {
      if (has(batch, (n) => n === 4)) throw make();
    };
    r.append(rows(0, 9));
    await r.notify();
    await r.work();
    r.sink('hook').behave = () => {};
    await r.pass(MINUTE);
    await r.retryIsolated();
    expect(await r.letters()).toEqual([]);
    // `n` of a stored delivery is in its payload only.
    const payloads = r.sink('hook').batches.flatMap(({ items }) => items.map(numberOf));
    expect(payloads).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 4]);
  });

  it('is isolated in the end where it is alone in its blob and others are accepted in theirs', async () => {
    const r = relay(['hook']);
    r.sink('hook').behave = (batch) => {
      if (has(batch, (n) => n === 99)) throw make();
    };
    r.append(row(99));
    await r.notify();
    await r.work();
    expect(await r.letters()).toEqual([]);
    const other = { ...r.ref, name: NAME.replace('h=07', 'h=06') };
    r.append(rows(0, 3), other.name);
    await r.notify(other);
    await r.pass(5 * MINUTE);
    expect(r.sink('hook').rows).toEqual([0, 1, 2]);
    expect(await r.letters()).toEqual([{ reason: make().code, destination: 'hook' }]);
    expect((await r.checkpoint())?.destinations.hook?.offset).toBe(row(99).length);
  });
});

describe('rows', () => {
  it('wait, however long, while nothing is accepted from anybody', async () => {
    const r = relay(['hook']);
    r.sink('hook').behave = () => {
      throw new RowsRefusedError('rows_refused', 'answered 400');
    };
    Object.assign(r.sink('hook').batch, { items: 5 });
    for (let minutes = 0; minutes < 60; minutes++) {
      r.append(rows(minutes * 5, minutes * 5 + 5));
      await r.notify();
      await r.pass(MINUTE, 10_000);
      await r.retryIsolated();
    }
    expect(await r.letters()).toEqual([]);
    expect(r.deps.destinations.get('hook')?.breaker.record).toMatchObject({ code: 'refuses_all_rows' });
    r.sink('hook').behave = () => {};
    await r.pass(15 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 300));
  });

  it('that fail, more than a visit looks for, are got past in the end without any other traffic', async () => {
    const r = relay(['hook']);
    r.sink('hook').behave = (batch) => {
      if (has(batch, (n) => n < 12)) throw new RetryableError('server_error', 'answered 500');
    };
    r.append(rows(0, 20));
    await r.notify();
    await r.pass(60 * MINUTE, 10_000);
    expect(r.sink('hook').rows).toEqual(numbers(12, 20));
    expect(await r.letters()).toHaveLength(12);
  });
});

describe('an innocent row behind a bad one', () => {
  it('that failed in an outage is sent again, though nothing else is written', async () => {
    const r = relay(['hook']);
    let isDown = true;
    r.sink('hook').behave = (batch) => {
      if (isDown || has(batch, (n) => n === 0)) throw new RowsRefusedError('rows_refused', 'answered 400');
    };
    r.append(rows(0, 2));
    await r.notify();
    // Long enough for both rows to have failed alone.
    await r.pass(2 * MINUTE);
    expect(r.sink('hook').rows).toEqual([]);
    isDown = false;
    await r.pass(20 * MINUTE);
    expect(r.sink('hook').rows).toEqual([1]);
    expect(await r.letters()).toEqual([{ reason: 'rows_refused', destination: 'hook' }]);
  });
});

describe('a table that is refused whole', () => {
  const OTHER = 'insights-logs-advancedhunting-deviceinfo';
  const info = (n: number) => row(n).replace('DeviceEvents', 'DeviceInfo');

  it('is held for that destination alone, nothing of it is buried, and it heals by itself', async () => {
    const r = relay();
    let refused = 0;
    let isRefusing = true;
    r.sink('hook').behave = (batch) => {
      if (!isRefusing || !batch.items.some((item) => payloadOf(item).includes('DeviceEvents'))) return;
      refused += 1;
      throw new RowsRefusedError('rows_refused', 'answered 422');
    };
    const other = { ...r.ref, container: OTHER };
    for (let minutes = 0; minutes < 30; minutes++) {
      r.append(rows(minutes * 10, minutes * 10 + 10));
      r.blobs.append(OTHER, NAME, Buffer.from(info(minutes)));
      await r.notify();
      await r.notify(other);
      await r.pass(MINUTE, 10_000);
    }
    const hook = r.deps.destinations.get('hook');
    expect(hook?.holds.isHeld('DeviceEvents')).toBe(true);
    expect(hook?.breaker.record).toBeUndefined();
    const arrived = (name: string, table: string) =>
      r.sink(name).batches.flatMap(({ items }) => items.filter(({ head }) => head.table === table)).length;
    expect(arrived('hook', 'DeviceInfo')).toBe(30);
    expect(arrived('splunk', 'DeviceEvents')).toBe(300);
    expect(arrived('hook', 'DeviceEvents')).toBe(0);
    // Some rows while it was not yet clear that the table is refused, then five at each probe.
    expect(refused).toBeLessThan(260);
    const letters = await r.letters();
    expect(letters.length).toBeLessThan(20);
    for (let minutes = 0; minutes < 60; minutes++) {
      await r.pass(MINUTE, 20_000);
      await r.retryIsolated();
    }
    const final = [];
    for await (const letter of r.deadLetters.list({})) final.push(letter);
    expect(final).toEqual([]);

    isRefusing = false;
    for (let minutes = 0; minutes < 30; minutes++) {
      await r.pass(MINUTE, 20_000);
      await r.retryIsolated();
    }
    expect(hook?.holds.isHeld('DeviceEvents')).toBe(false);
    expect(arrived('hook', 'DeviceEvents')).toBe(300);
    expect(await r.letters()).toEqual([]);
  });
});
