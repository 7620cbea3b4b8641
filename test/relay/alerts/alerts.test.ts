import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../lab/silent.ts';
import { REMEMBERED_MS } from '../../../src/alerts/groups/limits.ts';
import { makeBatch } from '../../../src/delivery/batch.ts';
import { storedDelivery } from '../../../src/delivery/redrive.ts';
import {
  DestinationRefusedError,
  RetryableError,
  RowsRefusedError,
} from '../../../src/destinations/errors.ts';
import { envelopeIn, RECORDS } from '../../../src/destinations/record.ts';
import { announce } from '../../../src/relay/alerts/announce.ts';
import { takeOverAlerts } from '../../../src/relay/alerts/former.ts';
import { redrivenDestinations } from '../../../src/relay/alerts/people.ts';
import { runsFactor } from '../../support/runs.ts';
import {
  alertsIn,
  all,
  batchOf,
  batchOfRows,
  countsIn,
  dying,
  numbers,
  START,
  total,
  world,
} from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;

describe('Alerts for people', () => {
  it('are few messages, however many they are, and all are counted', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    for (let from = 0; from < 2_000; from += 500) {
      await people.destination.send(
        batchOf(numbers(500, from), (row) => ({ host: `ws-${row % 50}` })),
        SIGNAL,
      );
    }
    await passes(people, 2 * MINUTE);
    expect(heard.length).toBeLessThanOrEqual(5);
    expect(total(heard)).toBe(2_000);
  });

  it('of another rule are said in their midst within ten seconds, the highest severity first', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(
      batchOf(numbers(500), (row) => ({ host: `ws-${row % 50}`, level: 'medium' })),
      SIGNAL,
    );
    const other = { rule: { id: 'rule-2', title: 'Another' }, level: 'critical' } as const;
    await people.destination.send(
      batchOf([999], () => other),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(alertsIn(heard)[0]?.envelope.rule?.title).toBe('Another');
    expect(heard[0]?.at).toBeLessThanOrEqual(START + 10_000);
  });

  it('of one event are one message under the highest severity, with the other rules beside it', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    const low = { rule: { id: 'low', title: 'Low' }, level: 'low' } as const;
    const high = { rule: { id: 'high', title: 'High' }, level: 'high' } as const;
    await people.destination.send(batchOfRows([[1, [low, high]]]), SIGNAL);
    await passes(people);
    expect(alertsIn(heard)).toMatchObject([
      { severity: 'high', count: 1, others: [{ rule: { id: 'low', title: 'Low' }, severity: 'low' }] },
    ]);
  });

  it('keep the pace of the product over all consumers', async () => {
    const { clock, consumer, heard } = world();
    const [one, two] = [consumer(), consumer()];
    await one.destination.send(
      batchOf(numbers(8), (row) => ({ rule: { id: `r${row}`, title: `Rule ${row}` } })),
      SIGNAL,
    );
    const end = { ms: 30_000, aheadMs: 0 };
    await Promise.all([one.notifier.pass(end, SIGNAL), two.notifier.pass(end, SIGNAL)]);
    clock.advance(20_000);
    await two.notifier.pass(end, SIGNAL);
    expect(countsIn(heard).size).toBe(8);
    const times = heard.map(({ at }) => at);
    for (let at = 1; at < times.length; at++) {
      expect((times[at] ?? 0) - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('keep the pace also where an update is two requests, of which the second comes late', async () => {
    const requests: number[] = [];
    const say = async (_: unknown, posted: string | undefined) => {
      if (posted !== undefined) await clock.sleep(800);
      requests.push(clock.now());
      return 'posted';
    };
    const { clock, consumer, passes } = world({ messenger: { updates: 'in_place', say } });
    const [one, two] = [consumer(), consumer()];
    const rules = (row: number) => ({ rule: { id: `r${row % 4}`, title: `Rule ${row % 4}` } });
    await one.destination.send(batchOf(numbers(4), rules), SIGNAL);
    await passes(one, 10_000);
    await one.destination.send(batchOf(numbers(4, 4), rules), SIGNAL);
    clock.advance(30_000);
    const anew = (row: number) => ({ rule: { id: `n${row}`, title: `Anew ${row}` } });
    await one.destination.send(batchOf(numbers(3, 8), anew), SIGNAL);
    // Each says what it can in turn, as where a consumer stops and another goes on.
    for (let turn = 0; turn < 20; turn++) {
      await (turn % 2 === 0 ? one : two).notifier.pass({ ms: 900, aheadMs: 800 }, SIGNAL);
    }
    expect(requests).toHaveLength(11);
    for (let at = 1; at < requests.length; at++) {
      expect((requests[at] ?? 0) - (requests[at - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('become a digest where the pace would keep them waiting', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(
      batchOf(numbers(60), (row) => ({ rule: { id: `r${row}`, title: `Rule ${row}` } })),
      SIGNAL,
    );
    await passes(people, MINUTE);
    expect(heard[0]?.messages).toHaveLength(40);
    expect(heard.at(-1)?.at).toBeLessThanOrEqual(START + 15_000);
    expect(total(heard)).toBe(60);
  });

  it('cost one read of the index where the consumer that folds them says them at once', async () => {
    const { consumer, documents, heard } = world();
    let reads = 0;
    const people = consumer({
      ...documents,
      async get(name, signal) {
        if (name === 'alerts/soc/index') reads += 1;
        return documents.get(name, signal);
      },
    });
    await people.destination.send(batchOf([1]), SIGNAL);
    await people.notifier.pass({ ms: 1_000, aheadMs: 0 }, SIGNAL);
    expect(total(heard)).toBe(1);
    expect(reads).toBe(1);
  });

  it('that join just before the end of their group are told before its end, which may say nothing of them', async () => {
    const { consumer, passes, heard, clock } = world({ messenger: { wantsEnd: true } });
    const people = consumer();
    const rule = { id: 'rule-1', title: 'A rule', grouping: { windowMs: MINUTE, repeatMs: 40_000 } };
    await people.destination.send(
      batchOf([1], () => ({ rule })),
      SIGNAL,
    );
    await passes(people, 50_000);
    await people.destination.send(
      batchOf([2], () => ({ rule }), 'second'),
      SIGNAL,
    );
    await passes(people, 1_000);
    await people.destination.send(
      batchOf([3], () => ({ rule }), 'third'),
      SIGNAL,
    );
    clock.advance(15_000);
    await passes(people, 5 * MINUTE);
    expect(alertsIn(heard).map(({ phase, count }) => [phase, count])).toEqual([
      ['first', 1],
      ['update', 2],
      ['update', 3],
      ['end', 3],
    ]);
  });

  it('are counted again when a replay reads them, and not when a crash does', async () => {
    const { consumer, passes, heard } = world();
    const people = consumer();
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    await passes(people, 11 * MINUTE);
    expect(total(heard)).toBe(2);
    await people.destination.send(batchOf([1, 2], undefined, 'none'), SIGNAL);
    await people.destination.send(batchOf([1, 2], undefined, 'rewritten'), SIGNAL);
    await passes(people, 11 * MINUTE);
    expect(total(heard)).toBe(6);
  });

  it('wait for a destination that takes nothing, are counted meanwhile, and said when it is back', async () => {
    let isDown = true;
    const { clock, consumer, passes, heard, metrics } = world({
      messenger: {
        async say(message) {
          if (isDown) throw new DestinationRefusedError('not_found', 'no such channel');
          heard.push({ at: clock.now(), messages: [message] });
          return undefined;
        },
      },
    });
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, MINUTE);
    expect(people.notifier.index?.pause).toMatchObject({ code: 'not_found', message: 'no such channel' });
    await people.destination.send(batchOf([2, 3]), SIGNAL);
    isDown = false;
    await passes(people, 16 * MINUTE);
    expect(alertsIn(heard)).toMatchObject([{ phase: 'first', count: 3 }]);
    expect(people.notifier.index?.pause).toBeUndefined();
    expect(metrics.counter('xdr_relay_messages_total', { result: 'failed' })).toBeGreaterThan(0);
  });

  it('are said within a minute after somebody has mended what a destination refused, however long ago that began', async () => {
    let isMended = false;
    const { consumer, passes, heard, clock } = world({
      messenger: {
        async say(message) {
          if (!isMended) throw new DestinationRefusedError('not_found', 'channel_not_found');
          heard.push({ at: clock.now(), messages: [message] });
          return undefined;
        },
      },
    });
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, 5 * 60 * MINUTE);
    isMended = true;
    const since = clock.now();
    await passes(people, 5 * MINUTE);
    expect(total(heard)).toBe(1);
    expect(heard[0]?.at).toBeLessThanOrEqual(since + MINUTE + 2_000);
  });

  it('are said although a message was refused once: a proxy may have done so', async () => {
    let refusals = 1;
    const { clock, consumer, passes, heard, deadLetters } = world({
      messenger: {
        async say(message) {
          if (refusals-- > 0) throw new RowsRefusedError('rows_refused', 'HTTP 413');
          heard.push({ at: clock.now(), messages: [message] });
          return undefined;
        },
      },
    });
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    await passes(people, MINUTE);
    expect(await all(deadLetters.list({ destination: 'soc' }))).toEqual([]);
    expect(alertsIn(heard)).toMatchObject([{ phase: 'first', count: 1 }]);
  });

  it('are not given up sooner because a consumer whose lease is over records late that another message was taken', async () => {
    let refusals = 0;
    let isSlow = false;
    const { clock, documents, consumer, passes, deadLetters } = world({
      messenger: {
        async say(message) {
          if (message.kind === 'alert' && message.envelope.rule?.title === 'Taken') {
            isSlow = true;
            return undefined;
          }
          refusals += 1;
          throw new RowsRefusedError('rows_refused', 'invalid_blocks');
        },
      },
    });
    const written = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = consumer({
      ...documents,
      async put(name, value, etag) {
        if (isSlow && name.endsWith('/index')) {
          held.resolve();
          await written.promise;
        }
        return documents.put(name, value, etag);
      },
    });
    const rule = (title: string) => () => ({ rule: { id: title, title } });
    await slow.destination.send(batchOf([1], rule('Taken')), SIGNAL);
    const saying = slow.notifier.pass({ ms: MINUTE, aheadMs: 0 }, SIGNAL);
    await held.promise;
    clock.advance(20_000);
    const other = consumer();
    await other.destination.send(batchOf([2], rule('Refused')), SIGNAL);
    await other.notifier.pass({ ms: 1_000, aheadMs: 0 }, SIGNAL);
    expect(refusals).toBe(1);
    written.resolve();
    await saying;
    await passes(other, 5 * MINUTE);
    expect(await all(deadLetters.list({ destination: 'soc' }))).toHaveLength(1);
    expect(refusals).toBe(4);
  });

  it('of which the destination refuses a message are a dead letter that can be sent again', async () => {
    let refuses = true;
    const { clock, consumer, passes, heard, deadLetters } = world({
      messenger: {
        async say(message) {
          if (refuses) throw new RowsRefusedError('rows_refused', 'invalid_blocks');
          heard.push({ at: clock.now(), messages: [message] });
          return undefined;
        },
      },
    });
    const people = consumer();
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    await passes(people, MINUTE);
    const letters = await all(deadLetters.list({ destination: 'soc' }));
    expect(letters).toHaveLength(1);
    const stored = await deadLetters.get(letters[0]?.name ?? '');
    expect(stored?.letter).toMatchObject({ reason: 'rows_refused', details: { count: 2 } });
    refuses = false;
    const envelope = envelopeIn(new TextEncoder().encode(stored?.letter.payload));
    expect(envelope).toMatchObject({ rule: { title: 'A rule' }, event: { DeviceName: 'ws-1' } });
  });

  it('that a person sends again are folded, also those that a former version stored as messages', async () => {
    const { consumer, passes, heard, destination, documents, deadLetters, clock } = world();
    const row = {
      time: '2026-11-26T20:00:00Z',
      category: 'AdvancedHunting-DeviceEvents',
      properties: { Timestamp: '2026-11-26T20:00:00Z', DeviceName: 'ws-9' },
    };
    const text = Buffer.from(JSON.stringify(row));
    const letter = {
      destination: 'soc',
      reason: 'rows_refused',
      message: 'invalid_blocks',
      source: { blob: 'c/b', offset: 0 },
      length: text.length,
      row: text,
      payload: '{"text":"an alert","blocks":[]}',
      id: 'a'.repeat(32),
      table: 'DeviceEvents',
      rule: 'A rule',
    };
    const stored = storedDelivery(letter, destination);
    if (!stored) throw new Error('no delivery');
    const folding = redrivenDestinations({
      destinations: new Map([['soc', destination]]),
      documents,
      deadLetters,
      clock,
    }).get('soc');
    await folding?.send(makeBatch('redrive/soc', [stored], RECORDS), SIGNAL);
    await passes(consumer());
    expect(alertsIn(heard)).toMatchObject([
      { count: 1, envelope: { rule: { title: 'A rule' }, event: { DeviceName: 'ws-9' } } },
    ]);
  });

  it('do not keep others waiting when one message fails again and again', async () => {
    const { clock, consumer, passes, heard, deadLetters } = world({
      messenger: {
        async say(message) {
          if (message.kind === 'alert' && message.envelope.rule?.id === 'bad') {
            throw new RetryableError('bad_reply', 'answered 500');
          }
          heard.push({ at: clock.now(), messages: [message] });
          return undefined;
        },
      },
    });
    const people = consumer();
    for (let minute = 0; minute < 90; minute++) {
      const rule = { id: minute === 0 ? 'bad' : `r${minute}`, title: 'x' };
      const options = { rule, level: minute === 0 ? ('critical' as const) : ('low' as const) };
      const sent = clock.now();
      await people.destination.send(
        batchOf([minute], () => options),
        SIGNAL,
      );
      await passes(people, MINUTE);
      if (minute > 0) expect(heard.at(-1)?.at).toBeLessThanOrEqual(sent + 30_000);
    }
    expect(await all(deadLetters.list({ destination: 'soc' }))).toHaveLength(1);
  });

  it('are forgotten when they are over: nothing stays in the state', async () => {
    const { clock, consumer, passes, documents } = world();
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    const [folded = '', ...others] = await all(documents.list('alerts/soc/rules/'));
    expect(others).toEqual([]);
    await passes(people, 122 * MINUTE);
    expect((await documents.get('alerts/soc/index'))?.value).toMatchObject({
      shards: { [folded.slice('alerts/soc/'.length)]: { groups: 0, pending: 0, messages: 0 } },
    });
    clock.advance(REMEMBERED_MS);
    await passes(people, MINUTE);
    expect(await all(documents.list('alerts/'))).toEqual(['alerts/soc/index']);
    expect((await documents.get('alerts/soc/index'))?.value).toMatchObject({ shards: {} });
  });

  it('move with their destination when it is renamed', async () => {
    const { consumer, passes, documents, heard, clock, metrics } = world();
    const deps = { documents, clock, metrics, logger: silentLogger };
    const people = consumer();
    await people.destination.send(batchOf([1, 2]), SIGNAL);
    for await (const name of documents.list('alerts/soc/')) {
      const stored = await documents.get(name);
      if (stored) await documents.put(name.replace('/soc/', '/old/'), stored.value, undefined);
      await documents.remove(name);
    }
    await people.destination.send(batchOf([3]), SIGNAL);
    await takeOverAlerts(deps, new Map([['old', 'soc']]));
    await takeOverAlerts(deps, new Map([['old', 'soc']]));
    await passes(people);
    expect(total(heard)).toBe(3);
    expect(await all(documents.list('alerts/old/'))).toEqual([]);
  });

  it('come after what the relay says about itself, which is said once', async () => {
    const { consumer, passes, documents, heard, clock, metrics } = world();
    const people = consumer();
    await people.destination.send(
      batchOf([1], () => ({ level: 'critical' })),
      SIGNAL,
    );
    const message = {
      kind: 'operational',
      id: 'down-hec',
      phase: 'first',
      severity: 'high',
      title: 'hec is out of service',
      text: 'Nothing is lost.',
      facts: [],
      since: new Date(START).toISOString(),
    } as const;
    const deps = { documents, clock, metrics, logger: silentLogger };
    await announce(deps, 'soc', message);
    await announce(deps, 'soc', message);
    await passes(people);
    await announce(deps, 'soc', { ...message, phase: 'end' });
    await passes(people);
    await announce(deps, 'soc', message);
    await passes(people);
    expect(heard.flatMap(({ messages }) => messages.map(({ kind, phase }) => [kind, phase]))).toEqual([
      ['operational', 'first'],
      ['alert', 'first'],
      ['operational', 'end'],
      ['operational', 'first'],
    ]);
  });

  it('are found by the comparison where a crash kept the index from knowing them', async () => {
    const { consumer, passes, documents, heard, clock } = world();
    const people = consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    const index = await documents.get('alerts/soc/index');
    await documents.put('alerts/soc/index', { v: 1, nextAt: 0, shards: {} }, index?.etag);
    clock.advance(31 * MINUTE);
    await passes(people);
    expect(total(heard)).toBe(1);
  });
});

/** Of the requests at which a consumer dies, each fifth in `npm test`, so that odd and even ones are among them, and all in `npm run test:long`. */
const EACH = runsFactor() > 1 ? 1 : 5;

describe('A consumer that dies', () => {
  for (const isAfter of [false, true]) {
    it(`at any request to the state, ${isAfter ? 'after' : 'before'} its effect, loses no alert, and the other says them in time`, async () => {
      for (let requests = 1; requests < 40; requests += EACH) {
        const { clock, documents, consumer, passes, heard } = world();
        const { through, died } = dying(documents, requests, isAfter);
        const [one, two] = [consumer(through), consumer()];
        const repeated = batchOf(numbers(5, 10), (row) => ({ rule: { id: `r${row % 2}`, title: 'x' } }));
        const batches = [batchOf(numbers(10), (row) => ({ host: `ws-${row}` })), repeated];
        const sent: boolean[] = [];
        const living = (async () => {
          for (const batch of batches) {
            await one.destination.send(batch, SIGNAL);
            sent.push(true);
          }
          await one.notifier.pass({ ms: 8_000, aheadMs: 8_000 }, SIGNAL);
          return 'lived' as const;
        })();
        const how = await Promise.race([died, living]);
        const diedAt = clock.now();
        // The task comes back: what was not acknowledged is read again, by another consumer.
        for (const batch of batches.slice(sent.length)) await two.destination.send(batch, SIGNAL);
        if (batches.length === sent.length && requests % 2 === 0)
          await two.destination.send(repeated, SIGNAL);
        await passes(two, 30_000);
        expect(total(heard), `${how} at ${requests}`).toBe(15);
        const last = Math.max(...heard.map(({ at }) => at));
        expect(last - diedAt, `${how} at ${requests}`).toBeLessThanOrEqual(25_000);
        await passes(two, 130 * MINUTE);
        expect(total(heard), `${how} at ${requests}, later`).toBe(15);
        if (how === 'lived') return;
      }
    }, 60_000);
  }
});
