import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CONTAINER, MINUTE, numbers, relay, row, rows } from './harness.ts';

const NO_HOUR = 'export/rows.json.gz';

describe('gzip', () => {
  it('is told by its magic bytes and read from a whole blob', async () => {
    const r = relay(['splunk']);
    await r.notify(r.blobs.put(CONTAINER, 'looks-plain.json', gzipSync(rows(0, 50))));
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 50));
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('goes on where it was when a visit ends early', async () => {
    const r = relay(['splunk'], { visitBytes: 1 });
    const text = Array.from({ length: 400 }, (_, n) => row(n, { fill: `${n}`.repeat(300) })).join('');
    await r.notify(r.blobs.put(CONTAINER, NO_HOUR, gzipSync(text)));
    await r.pass(5 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 400));
  });

  it('that ends too early gives its rows and one dead letter', async () => {
    const r = relay();
    const whole = gzipSync(Array.from({ length: 200 }, (_, n) => row(n, { x: Math.sin(n) })).join(''));
    await r.notify(r.blobs.put(CONTAINER, NO_HOUR, whole.subarray(0, whole.length >> 1)));
    await r.work();
    const arrived = r.sink('splunk').rows;
    expect(arrived.length).toBeGreaterThan(20);
    expect(arrived).toEqual(numbers(0, arrived.length));
    expect(await r.letters()).toEqual([{ reason: 'truncated_gzip', destination: undefined }]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('that is damaged says so', async () => {
    const r = relay(['splunk']);
    const whole = gzipSync(rows(0, 50));
    whole.fill(0xff, 40, 80);
    await r.notify(r.blobs.put(CONTAINER, NO_HOUR, whole));
    await r.work();
    expect(await r.letters()).toEqual([{ reason: 'corrupt_gzip', destination: undefined }]);
  });
});

describe('a row of 5 MB', () => {
  it('goes to the dead letters whole, and the rows around it arrive', async () => {
    const r = relay(['splunk'], { rowBytes: 4 << 20 });
    const big = row(1, { ScriptContent: 'x'.repeat(5_000_000) });
    r.append(row(0) + big + row(2));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0, 2]);
    const names: string[] = [];
    for await (const { name, reason } of r.deadLetters.list({})) {
      expect(reason).toBe('row_too_large');
      names.push(name);
    }
    const letter = await r.deadLetters.get(names[0] ?? '');
    expect(Buffer.from(letter?.letter.row ?? []).toString()).toBe(big.trimEnd());
  });

  it('is delivered where the limit allows it', async () => {
    const r = relay(['splunk'], { rowBytes: 8 << 20 });
    r.append(row(0, { ScriptContent: 'x'.repeat(5_000_000) }));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([0]);
  });

  it('without an end in sight is not kept in memory, and what follows it arrives', async () => {
    const r = relay(['splunk'], { rowBytes: 1 << 20 });
    for (let i = 0; i < 10; i++) r.append('y'.repeat(4 << 20));
    r.append(`\r\n${row(1)}`);
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([1]);
    expect(await r.letters()).toEqual([{ reason: 'row_too_large', destination: undefined }]);
  });
});

describe('odd rows', () => {
  it('of an unknown table, with bytes that are not UTF-8, or with any JSON in them arrive', async () => {
    const r = relay(['splunk']);
    const unknown = '{"category":"AdvancedHunting-BrandNewTable","properties":{"n":1}}\n';
    const bytes = Buffer.concat([
      Buffer.from('{"category":"AdvancedHunting-X","properties":{"n":2,"s":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(
        '"}}\n{"category":"AdvancedHunting-X","properties":{"n":3,"__proto__":{"a":[1,null,{"b":true}]}}}\n',
      ),
    ]);
    r.append(unknown);
    r.blobs.append(CONTAINER, r.ref.name, bytes);
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([1, 2, 3]);
    expect(await r.letters()).toEqual([]);
  });
});

describe('messages on the queue', () => {
  it('that make no sense go to the poison queue with their reason', async () => {
    const r = relay();
    for (const body of ['not json', '{"v":1}', '{"hello":"world"}', '[]garbage']) await r.queue.send(body);
    await r.work();
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 4 });
  });

  it('of a later version are left for a later consumer', async () => {
    const r = relay();
    await r.queue.send('{"v":2,"new":"field"}');
    await r.work();
    expect(await r.queue.depth()).toEqual({ ready: 1, poison: 0 });
  });

  it('that name a blob of another account or container are let go', async () => {
    const r = relay();
    await r.notify({ ...r.ref, account: 'stranger' });
    await r.notify({ ...r.ref, container: 'private' });
    await r.work();
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('that kill their consumer again and again go to the poison queue', async () => {
    const r = relay();
    await r.notify();
    for (let i = 0; i < 5; i++) {
      await r.queue.receive(1, 1);
      r.clock.advance(2_000);
    }
    await r.work();
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 1 });
  });
});

describe('a flooding blob', () => {
  it('gives way to others after its share of a visit', async () => {
    const r = relay(['splunk'], { visitBytes: 1, rowBytes: 4 << 20 });
    const quiet = 'tenantId=t/y=2026/m=11/d=23/h=07/m=00/quiet.json';
    for (let i = 0; i < 3; i++)
      r.append(Array.from({ length: 3 }, (_, n) => row(i * 3 + n, { fill: 'z'.repeat(2 << 20) })).join(''));
    r.append(row(100), quiet);
    await r.notify();
    await r.notify({ ...r.ref, name: quiet });
    await r.work();
    expect(r.sink('splunk').rows).toContain(100);
    expect(r.sink('splunk').rows).not.toContain(8);
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows.filter((n) => n !== 100)).toEqual(numbers(0, 9));
  });
});

describe('a row whose Timestamp can be no time of an event', () => {
  it("goes by the envelope's time at every destination, and is counted once", async () => {
    const r = relay();
    const odd = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.9999999Z', 'garbage', 7, null];
    r.append(odd.map((Timestamp, n) => row(n, { Timestamp })).join('') + row(5));
    await r.notify();
    await r.work();
    for (const name of ['splunk', 'hook']) {
      const times = r.sink(name).batches.flatMap(({ items }) => items.map((item) => item.head.time));
      expect(times).toEqual([...odd.map(() => '2026-11-23T07:04:00Z'), '2026-11-23T07:00:00.1234567Z']);
    }
    const { metrics } = r;
    expect(metrics.counter('xdr_relay_rows_time_bad_total', { table: 'DeviceEvents' })).toBe(4);
  });
});
