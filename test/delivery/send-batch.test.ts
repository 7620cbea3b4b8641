import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sendBatch } from '../../src/delivery/send-batch.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { EncodedDelivery } from '../../src/destinations/port.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { Sink } from '../support/sink.ts';

const policy = { retryForMs: 2_000, retryMinMs: 1, retryMaxMs: 5 };
const context = { policy, clock: systemClock, signal: new AbortController().signal, guard: () => {} };

const item = (n: number): EncodedDelivery => ({
  delivery: {
    envelope: { id: String(n), time: '', table: 'T', event: { n }, source: { blob: 'b', offset: n } },
    raw: () => String(n),
  },
  payload: String(n),
  bytes: 1,
});
const batch = (count: number) => ({ id: 'msg', items: Array.from({ length: count }, (_, n) => item(n)) });

describe('sendBatch', () => {
  it('separates any refused rows from the others, in order, whether they are named or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.nat(39)),
        fc.constantFrom('named', 'one too high', 'unnamed'),
        async (count, bad, naming) => {
          const wrong = new Set(bad);
          const sink = new Sink('s');
          sink.behave = ({ items }) => {
            const at = items.findIndex((each) => wrong.has(Number(each.payload)));
            if (at === -1) return;
            const rows = naming === 'unnamed' ? undefined : [naming === 'named' ? at : at + 1];
            throw new RowsRefusedError('refused', 'no', { rows });
          };
          const good = Array.from({ length: count }, (_, n) => n).filter((n) => !wrong.has(n));
          const sending = sendBatch(sink, batch(count), context);
          if (good.length === 0 && count >= 10) {
            await expect(sending).rejects.toMatchObject({ code: 'refuses_all_rows' });
            return;
          }
          const refused = (await sending).map(({ item: each }) => Number(each.payload));
          expect(sink.rows).toEqual(good);
          expect(refused).toEqual(Array.from({ length: count }, (_, n) => n).filter((n) => wrong.has(n)));
        },
      ),
    );
  });

  it('retries passing trouble with the same batch', async () => {
    const sink = new Sink('s');
    const ids: string[] = [];
    sink.behave = ({ id }) => {
      ids.push(id);
      if (ids.length < 4) throw new RetryableError('http_503', 'busy');
    };
    expect(await sendBatch(sink, batch(3), context)).toEqual([]);
    expect(ids).toEqual(['msg', 'msg', 'msg', 'msg']);
  });

  it('waits as long as the destination asks', async () => {
    const sink = new Sink('s');
    const times: number[] = [];
    sink.behave = () => {
      times.push(performance.now());
      if (times.length === 1) throw new RetryableError('http_429', 'slow down', { retryAfterMs: 300 });
    };
    await sendBatch(sink, batch(1), context);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(290);
  });

  it('says at once that the destination is down when it asks for more than we would wait', async () => {
    const sink = new Sink('s');
    sink.behave = () => {
      throw new RetryableError('http_429', 'slow down', { retryAfterMs: 60_000 });
    };
    await expect(sendBatch(sink, batch(1), context)).rejects.toMatchObject({
      name: 'DestinationDownError',
      code: 'http_429',
      retryAfterMs: 60_000,
    });
  });

  it('gives up after its time, and at once when the destination refuses us', async () => {
    const sink = new Sink('s');
    let tries = 0;
    sink.behave = () => {
      tries++;
      throw new RetryableError('unreachable', 'nobody there');
    };
    const short = { ...context, policy: { ...policy, retryForMs: 30 } };
    await expect(sendBatch(sink, batch(1), short)).rejects.toMatchObject({ code: 'unreachable' });
    expect(tries).toBeGreaterThan(1);
    tries = 0;
    sink.behave = () => {
      tries++;
      throw new DestinationRefusedError('http_403', 'no');
    };
    await expect(sendBatch(sink, batch(1), context)).rejects.toMatchObject({ code: 'http_403' });
    expect(tries).toBe(1);
  });

  it('sends nothing once the guard says no, and ends when it is aborted', async () => {
    const sink = new Sink('s');
    const guard = () => {
      throw new Error('claim lost');
    };
    await expect(sendBatch(sink, batch(1), { ...context, guard })).rejects.toThrow('claim lost');
    expect(sink.batches).toEqual([]);

    const controller = new AbortController();
    sink.behave = () => {
      controller.abort(new Error('shutting down'));
      throw new RetryableError('http_503', 'busy');
    };
    await expect(sendBatch(sink, batch(1), { ...context, signal: controller.signal })).rejects.toThrow(
      'shutting down',
    );
  });
});
