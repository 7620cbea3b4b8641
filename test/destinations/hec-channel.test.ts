/** A data channel of HEC: which answers about acknowledgements are believed, and how often they are asked for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import { createChannel } from '../../src/destinations/splunk-hec/channel.ts';

const TIMEOUT_MS = 60_000;
const never = new AbortController().signal;
type Acks = Readonly<Record<string, boolean>>;

/** An indexer with one channel, whose answers the test decides. */
function setUp(answer: (ids: readonly number[]) => Acks | Error | Promise<Acks>) {
  const clock = new FakeClock();
  const questions: { readonly at: number; readonly ids: readonly number[] }[] = [];
  const closing = new AbortController();
  const channel = createChannel({
    clock,
    timeoutMs: TIMEOUT_MS,
    closing: closing.signal,
    context: () => ({ who: 'Splunk', secrets: [], now: clock.now(), retryAfterMaxMs: 1_000 }),
    async ask({ ids }) {
      questions.push({ at: clock.monotonic(), ids });
      const acks = await answer(ids);
      if (acks instanceof Error) throw acks;
      return { status: 200, cookies: [], body: JSON.stringify({ acks }), header: () => undefined };
    },
  });
  /** Posts a batch; its end is `undefined` while it waits, `acknowledged`, or the code of an error. */
  const post = async (ackId: number | Promise<number>, signal = never) => {
    const state: { end: unknown } = { end: undefined };
    const { acknowledged } = await channel.post(async (onReply) => {
      const given = await ackId;
      onReply({ ackId: given, cookies: [] });
      return { ackId: given };
    }, signal);
    acknowledged.then(
      () => {
        state.end = 'acknowledged';
      },
      (error: { readonly code?: string }) => {
        state.end = error.code ?? error;
      },
    );
    return state;
  };
  return { clock, channel, closing, questions, post };
}

const all = (ids: readonly number[]): Acks => Object.fromEntries(ids.map((id) => [id, true]));
const none = (ids: readonly number[]): Acks => Object.fromEntries(ids.map((id) => [id, false]));

describe('A data channel', () => {
  it('asks for all ids in one request, at growing intervals while nothing comes, and no longer than it has to', async () => {
    const { clock, questions, post } = setUp(none);
    const batches = await Promise.all([0, 1, 2].map((id) => post(id)));
    await clock.run(TIMEOUT_MS + 10_000);
    expect(questions[0]?.ids).toEqual([0, 1, 2]);
    const pauses = questions.map(({ at }, n) => at - (questions[n - 1]?.at ?? 0));
    expect(pauses.slice(0, 4)).toEqual([250, 375, 562.5, 843.75]);
    expect(Math.max(...pauses)).toBe(5_000);
    expect(questions.length).toBeLessThan(25);
    expect(questions.at(-1)?.at).toBe(TIMEOUT_MS);
    expect(batches.map(({ end }) => end)).toEqual(Array(3).fill('not_acknowledged'));
  });

  it('asks soon again after an answer that acknowledged something', async () => {
    const { clock, questions, post } = setUp((ids) => ({
      ...none(ids),
      [String(ids[0])]: questions.length > 8,
    }));
    await Promise.all([0, 1].map((id) => post(id)));
    await clock.run(30_000);
    const pauses = questions.map(({ at }, n) => at - (questions[n - 1]?.at ?? 0));
    expect(pauses.at(-2)).toBeGreaterThan(4_000);
    expect(pauses.at(-1)).toBe(250);
  });

  it('takes acknowledgements in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.nat(4)),
        async (count, draws) => {
          const confirmed = new Set<number>();
          const { clock, post } = setUp((ids) => {
            const picked = ids.filter(() => draws.next().value === 0);
            for (const id of picked) confirmed.add(id);
            return { ...none(ids), ...all(picked) };
          });
          const batches = await Promise.all(Array.from({ length: count }, (_, id) => post(id)));
          await clock.run(TIMEOUT_MS * 2);
          for (const [id, { end }] of batches.entries())
            expect(end).toBe(confirmed.has(id) ? 'acknowledged' : 'not_acknowledged');
        },
      ),
      { numRuns: 50 },
    );
  });

  it('believes no answer about ids that it did not ask for, or that are not true', async () => {
    const { clock, post } = setUp(() => ({ 7: true, 0: false }));
    const batch = await post(0);
    await clock.run(5_000);
    expect(batch.end).toBeUndefined();
  });

  it('loses all of its acknowledgements when an id comes twice: the indexer restarted, or there are two', async () => {
    const { clock, channel, post } = setUp(all);
    const first = [await post(0), await post(1)];
    const again = await post(0);
    await clock.run(1_000);
    expect([...first, again].map(({ end }) => end)).toEqual(Array(3).fill('acknowledgement_lost'));
    expect([channel.isOpen, channel.isMixed]).toEqual([false, true]);
  });

  it('lets an answer wait for the request that is on its way: it may have been given an id of before a restart', async () => {
    for (const [id, end] of [
      [0, 'acknowledgement_lost'],
      [1, 'acknowledged'],
    ] as const) {
      const { clock, questions, post } = setUp(all);
      const first = await post(0);
      const { promise, resolve } = Promise.withResolvers<number>();
      const second = post(promise);
      await clock.run(1_000);
      expect(questions.map(({ ids }) => ids)).toEqual([[0]]);
      expect(first.end).toBeUndefined();
      resolve(id);
      await second;
      await clock.run(0);
      expect(first.end).toBe(end);
    }
  });

  it.each([
    ['the time-out of a request', new RetryableError('timeout', 'no reply'), false],
    ['a reset', new RetryableError('connection_lost', 'reset'), false],
    ['a gateway’s 502', new RetryableError('server_error', '502'), false],
    ['an abort', new Error('aborted'), false],
    ['busy', new RetryableError('busy', 'busy'), true],
    ['nobody there', new RetryableError('unreachable', 'refused'), true],
    ['a refusal of rows', new RowsRefusedError('hec_6', 'invalid'), true],
    ['a refusal of the token', new DestinationRefusedError('hec_4', 'token'), true],
  ])('after %s it knows whether the ids are still those batches’', async (_, error, isKnown) => {
    const { clock, channel, post } = setUp(all);
    const batch = await post(0);
    await expect(channel.post(() => Promise.reject(error), never)).rejects.toBe(error);
    await clock.run(1_000);
    expect(batch.end).toBe(isKnown ? 'acknowledged' : 'acknowledgement_lost');
    expect([channel.isOpen, channel.isMixed]).toEqual([isKnown, false]);
  });

  it('hears of the ids of batches that were refused: the events before the refused one have it', async () => {
    const { clock, channel, post } = setUp(all);
    const first = await post(0);
    const refused = channel.post((onReply) => {
      onReply({ ackId: 0, cookies: [] });
      return Promise.reject(new RowsRefusedError('hec_6', 'invalid'));
    }, never);
    await expect(refused).rejects.toMatchObject({ code: 'hec_6' });
    await clock.run(1_000);
    expect([first.end, channel.isMixed]).toEqual(['acknowledgement_lost', true]);
  });

  it('sits out failures of questions, and obeys their waits', async () => {
    let fails = 2;
    const { clock, questions, post } = setUp((ids) =>
      fails-- > 0 ? new RetryableError('busy', 'busy', { retryAfterMs: 900 }) : all(ids),
    );
    const batches = await Promise.all([0, 1].map((id) => post(id)));
    await clock.run(5_000);
    expect(batches.map(({ end }) => end)).toEqual(['acknowledged', 'acknowledged']);
    expect(questions.map(({ at }) => at)).toEqual([250, 1_150, 2_500]);
  });

  it('ends all waits when the destination refuses questions', async () => {
    const { clock, questions, post } = setUp(() => new DestinationRefusedError('hec_4', 'token'));
    const batches = await Promise.all([0, 1].map((id) => post(id)));
    await clock.run(5_000);
    expect(batches.map(({ end }) => end)).toEqual(['hec_4', 'hec_4']);
    expect(questions).toHaveLength(1);
  });

  it('asks no longer for what nobody waits for, and begins anew with the next batch', async () => {
    const { clock, questions, post } = setUp(() => (questions.length > 1 ? { 1: true } : {}));
    const abort = new AbortController();
    const aborted = await post(0, abort.signal);
    await clock.run(250);
    abort.abort('over');
    await clock.run(10_000);
    expect([aborted.end, questions.length]).toEqual(['over', 1]);
    const next = await post(1);
    await clock.run(250);
    expect([next.end, questions[1]?.ids]).toEqual(['acknowledged', [1]]);
  });

  it('ends with the destination', async () => {
    const { clock, closing, questions, post } = setUp(none);
    const batch = await post(0);
    closing.abort(new Error('closed'));
    await clock.run(10_000);
    expect([String(batch.end), questions.length]).toEqual(['Error: closed', 0]);
  });
});
