import { describe, expect, it } from 'vitest';
import type { Arrival, EndState, Letter, SoakLog, WrittenRow } from './log.ts';
import { placeOf } from './log.ts';
import { judge } from './oracle.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/PT1H.json';
const LENGTH = 100;

const written = (n: number, more: Partial<WrittenRow> = {}): WrittenRow => ({
  blob: BLOB,
  offset: n * LENGTH,
  end: (n + 1) * LENGTH,
  id: `id-${n}`,
  to: ['splunk', 'hook'],
  ...more,
});

const arrival = (n: number, destination: string, at = n): Arrival => ({
  at,
  destination,
  blob: BLOB,
  offset: n * LENGTH,
  id: `id-${n}`,
});

const letter = (n: number, destination: string | undefined, more: Partial<Letter> = {}): Letter => ({
  destination,
  reason: 'http_422',
  blob: BLOB,
  offset: n * LENGTH,
  length: LENGTH,
  id: `id-${n}`,
  ...more,
});

const END: EndState = {
  queued: 0,
  poison: [],
  claimsHeld: [],
  blobs: [
    {
      blob: BLOB,
      length: 500,
      checkpoint: { length: 500, closed: true, end: 500, offsets: { splunk: 500, hook: 500 }, behind: [] },
    },
  ],
  consumers: [{ name: 'one', peakBytes: 1_000, crashes: 0, exitCodes: [0, 0] }],
  errors: [],
};

/** Five rows: the fourth is refused by hook, the fifth nobody can read. */
function goodLog(change: Partial<SoakLog> = {}): SoakLog {
  return {
    destinations: ['splunk', 'hook'],
    rows: [written(0), written(1), written(2), written(3), written(4, { id: undefined, to: [] })],
    arrivals: [...[0, 1, 2, 3].map((n) => arrival(n, 'splunk')), ...[0, 1, 2].map((n) => arrival(n, 'hook'))],
    troubles: [{ at: 3, destination: 'hook', kind: 'rows_refused', rows: [placeOf(BLOB, 300)] }],
    letters: [letter(3, 'hook'), letter(4, undefined, { reason: 'not_json', id: undefined })],
    injuries: [],
    end: END,
    limits: { batchItems: 2, blobsAtOnce: 1, peakBytes: 10_000 },
    ...change,
  };
}

const without = <T>(items: readonly T[], at: number): T[] => items.filter((_, i) => i !== at);
const complaints = (change: Partial<SoakLog>): string => judge(goodLog(change)).complaints.join('\n');
const end = (change: Partial<EndState>): string => complaints({ end: { ...END, ...change } });
const good = goodLog();

describe('the oracle', () => {
  it('is content with a run in which everything arrived', () => {
    const verdict = judge(good);
    expect(verdict.complaints).toEqual([]);
    expect(verdict.standings).toMatchObject([
      { destination: 'splunk', expected: 4, arrived: 4, deadLetters: 0, missing: 0 },
      { destination: 'hook', expected: 4, arrived: 3, deadLetters: 1, missing: 0 },
    ]);
  });

  it.each(good.arrivals.map((each, at) => [each.destination, each.offset, at] as const))(
    'misses what did not reach %s from offset %d',
    (destination, offset, at) => {
      expect(complaints({ arrivals: without(good.arrivals, at) })).toContain(
        `${destination}: LOST (1): ${BLOB}@${offset}`,
      );
    },
  );

  it('misses a row that was refused and put nowhere', () => {
    expect(complaints({ letters: without(good.letters, 0) })).toContain('hook: LOST');
  });

  it('misses a row nobody could read and that is in no dead letter', () => {
    expect(complaints({ letters: without(good.letters, 1) })).toContain('unreadable row in no dead letter');
  });

  it('does not take a dead letter for an excuse when the destination never refused the row', () => {
    expect(complaints({ troubles: [] })).toContain('dead letter of a row its destination never refused');
    expect(complaints({ letters: [...good.letters, letter(1, 'splunk')] })).toContain('never refused');
  });

  it('does not take dead letters of strangers, or without a reason', () => {
    expect(complaints({ letters: [...good.letters, letter(9, 'hook')] })).toContain('not meant for');
    expect(complaints({ letters: [letter(3, 'hook', { reason: '' }), letter(4, undefined)] })).toContain(
      'without a reason',
    );
    expect(complaints({ letters: [letter(3, 'hook', { id: 'other' }), letter(4, undefined)] })).toContain(
      'another event id',
    );
  });

  it('excuses a row that was refused by itself before a later one came, and only then', () => {
    const [first, second, ...rest] = good.arrivals;
    if (!first || !second) throw new Error('no arrivals');
    const refusal = { at: second.at - 1, destination: 'splunk', kind: 'rows_refused' as const };
    const swapped = (troubles: SoakLog['troubles']) =>
      complaints({
        arrivals: [second, { ...first, at: second.at + 1 }, ...rest],
        troubles: [...good.troubles, ...troubles],
      });
    const place = placeOf(BLOB, 0);
    expect(swapped([{ ...refusal, rows: [place] }])).not.toContain('before an earlier one');
    expect(swapped([{ ...refusal, rows: [place, placeOf(BLOB, 100)] }])).toContain('before an earlier one');
    expect(swapped([{ ...refusal, at: second.at + 1, rows: [place] }])).toContain('before an earlier one');
  });

  it('sees two rows that changed places', () => {
    const [first, second, ...rest] = good.arrivals;
    if (!first || !second) throw new Error('no arrivals');
    expect(complaints({ arrivals: [second, first, ...rest] })).toContain(
      'splunk: a row before an earlier one',
    );
  });

  it('lets a row go before one that was dead-lettered', () => {
    const rows = [...good.rows.slice(0, 4), written(4)];
    const arrivals = [...good.arrivals, arrival(4, 'splunk'), arrival(4, 'hook')];
    expect(complaints({ rows, arrivals, letters: [letter(3, 'hook')] })).toBe('');
  });

  it('sees an arrival that nobody wrote, under another id, or at the wrong destination', () => {
    const tampered = (more: Partial<Arrival>) =>
      complaints({ arrivals: [...good.arrivals, { ...arrival(2, 'hook', 9), ...more }] });
    expect(tampered({ offset: 150 })).toContain('hook: a row nobody wrote');
    expect(tampered({ id: 'id-7' })).toContain('hook: a row under another event id');
    expect(tampered({ offset: 400, id: 'id-4' })).toContain('another event id');
    const rows = good.rows.map((row, n) => (n === 2 ? { ...row, to: ['splunk'] } : row));
    expect(complaints({ rows })).toContain('hook: a row that was not meant for it');
  });

  it('takes pieces that cover a row for the row, and no less', () => {
    const arrivals = good.arrivals.filter(({ offset }) => offset !== 200);
    const piece = (offset: number, length: number) =>
      letter(0, undefined, { offset, length, reason: 'not_json', id: undefined });
    const whole = { arrivals, letters: [...good.letters, piece(200, 40), piece(240, 60)] };
    expect(complaints(whole)).toBe('');
    expect(judge(goodLog(whole)).standings).toMatchObject([{ torn: 1 }, { torn: 1 }]);
    for (const less of [[piece(200, 40), piece(250, 50)], [piece(200, 150)], [piece(0, 500)]]) {
      expect(complaints({ arrivals, letters: [...good.letters, ...less] })).toContain('LOST');
    }
  });
});

describe('repeats', () => {
  const repeated = (change: Partial<SoakLog>) =>
    judge(goodLog({ ...change, arrivals: [...good.arrivals, arrival(1, 'splunk', 90_000)] }));
  const why = (change: Partial<SoakLog>) => repeated(change).standings[0]?.repeats;

  it('need an explanation', () => {
    expect(repeated({}).complaints.join()).toContain('splunk: a repeat that nothing explains');
  });

  it('are explained by a lost reply to a request that had the row', () => {
    const lost = { at: 2, destination: 'splunk', kind: 'reply_lost' as const, rows: [placeOf(BLOB, 100)] };
    expect(why({ troubles: [...good.troubles, lost] })).toMatchObject({
      afterLostReplies: 1,
      unexplained: [],
    });
    for (const other of [{ rows: [placeOf(BLOB, 0)] }, { destination: 'hook' }, { at: 90_001 }]) {
      expect(why({ troubles: [...good.troubles, { ...lost, ...other }] })?.unexplained).toHaveLength(1);
    }
  });

  it('are explained by what was done to the consumers or the storage in between', () => {
    const killed = { kind: 'killed' as const, from: 50, to: 60 };
    expect(why({ injuries: [killed] })).toMatchObject({ afterInjuries: 1, bound: 4 });
    expect(why({ injuries: [{ ...killed, blob: 'another' }] })?.unexplained).toHaveLength(1);
    expect(why({ injuries: [{ ...killed, from: 90_001, to: 90_002 }] })?.unexplained).toHaveLength(1);
    expect(why({ injuries: [{ kind: 'claim_broken', from: 50, to: 50 }] })).toMatchObject({
      afterBrokenClaims: 1,
    });
  });

  it('are explained by what befell the rest of their batch', () => {
    const refused = {
      at: 1,
      destination: 'splunk',
      kind: 'rows_refused' as const,
      rows: [placeOf(BLOB, 100)],
    };
    const broken = { at: 40, destination: 'splunk', kind: 'batch_broken' as const, rows: [] };
    const question = { ...broken, kind: 'unacknowledged' as const };
    for (const [trouble, found] of [
      [refused, { afterRefusals: 1 }],
      [broken, { afterRefusals: 1 }],
      [question, { afterLostReplies: 1 }],
    ] as const) {
      expect(why({ troubles: [...good.troubles, trouble] })).toMatchObject({ ...found, unexplained: [] });
    }
  });

  it('are bounded by two batches an injury', () => {
    const arrivals = [...good.arrivals, ...[0, 1, 2, 3, 0].map((n) => arrival(n, 'splunk', 100 + n))];
    const injuries = [{ kind: 'killed' as const, from: 50, to: 60 }];
    expect(complaints({ arrivals, injuries })).toContain(
      'more repeats than so few injuries explain (1): 5 > 4',
    );
  });
});

describe('the end', () => {
  const [blob] = END.blobs;
  const [consumer] = END.consumers;
  if (!blob?.checkpoint || !consumer) throw new Error('no end');
  const { checkpoint } = blob;
  const withCheckpoint = (more: Partial<typeof checkpoint>) =>
    end({ blobs: [{ ...blob, checkpoint: { ...checkpoint, ...more } }] });

  it.each([
    ['messages left on the queue', end({ queued: 1 })],
    ['message in the poison queue', end({ poison: ['not JSON'] })],
    ['claim still held', end({ claimsHeld: ['claims/a'] })],
    ['blob without a checkpoint', end({ blobs: [{ ...blob, checkpoint: undefined }] })],
    ['checkpoint not closed', withCheckpoint({ closed: false })],
    ['checkpoint of another length', withCheckpoint({ length: 400 })],
    ['offset short of the end', withCheckpoint({ end: undefined, offsets: { splunk: 500, hook: 480 } })],
    ['offset short of the end', withCheckpoint({ offsets: { splunk: 500, hook: 400 } })],
    ['offset short of the end', withCheckpoint({ offsets: { splunk: 500 } })],
    ['destination still behind', withCheckpoint({ behind: ['hook'] })],
    ['too much memory', end({ consumers: [{ ...consumer, peakBytes: 10_001 }] })],
    ['consumer ended by itself', end({ consumers: [{ ...consumer, crashes: 1 }] })],
    ['did not end cleanly', end({ consumers: [{ ...consumer, exitCodes: [0, null] }] })],
    ['error in a log', end({ errors: ['Task failed'] })],
  ])('is wrong with: %s', (expected, found) => {
    expect(found).toContain(expected);
  });
});
