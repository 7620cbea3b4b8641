import { describe, expect, it } from 'vitest';
import { placeOf } from '../../lab/oracle/place.ts';
import { judge } from '../../soak/oracle/judge.ts';
import type {
  Arrival,
  Disturbance,
  EndState,
  Letter,
  RequestFailure,
  SoakLog,
  WrittenRow,
} from '../../soak/oracle/log.ts';
import { rowKey } from '../../soak/oracle/log.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/PT1H.json';
const LENGTH = 100;

const written = (n: number, more: Partial<WrittenRow> = {}): WrittenRow => ({
  blob: BLOB,
  offset: n * LENGTH,
  end: (n + 1) * LENGTH,
  id: `id-${n}`,
  to: ['splunk', 'hook'],
  at: n,
  ...more,
});

const failedAlone = (n: number, destination: string, ...times: number[]): RequestFailure[] =>
  times.map((at) => ({ at, destination, rows: [rowKey(BLOB, n * LENGTH, `id-${n}`)] }));

const arrival = (n: number, destination: string, at = n): Arrival => ({
  at,
  destination,
  blob: BLOB,
  offset: n * LENGTH,
  id: `id-${n}`,
});

const letter = (n: number, destination: string | undefined, more: Partial<Letter> = {}): Letter => ({
  destination,
  reason: 'rows_refused',
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
  groups: [],
  consumers: [{ name: 'one', peakBytes: 1_000, crashes: 0, exitCodes: [0, 0] }],
  errors: [],
};

/** Five rows: the fourth is refused by hook, alone and twice, before it takes the second; the fifth nobody can read. */
function goodLog(change: Partial<SoakLog> = {}): SoakLog {
  return {
    destinations: ['splunk', 'hook'],
    people: [],
    messages: [],
    rows: [written(0), written(1), written(2), written(3), written(4, { id: undefined, to: [] })],
    arrivals: [...[0, 1, 2, 3].map((n) => arrival(n, 'splunk')), ...[0, 1, 2].map((n) => arrival(n, 'hook'))],
    troubles: [{ at: 0.4, destination: 'hook', kind: 'rows_refused', rows: [placeOf(BLOB, 300)] }],
    failures: failedAlone(3, 'hook', 0.5, 0.6),
    letters: [letter(3, 'hook'), letter(4, undefined, { reason: 'not_json', id: undefined })],
    injuries: [],
    disturbances: [],
    overwrites: [],
    archived: [],
    end: END,
    limits: {
      peakBytes: 10_000,
      liveWithinMs: 100_000,
      longestBackoffMs: 5_000,
    },
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

  it('does not take a dead letter for an excuse when the destination did not fail that very row alone, twice', () => {
    const expected = 'did not fail alone, again and again';
    expect(complaints({ failures: [] })).toContain(expected);
    expect(complaints({ failures: failedAlone(3, 'hook', 0.5) })).toContain(expected);
    expect(complaints({ failures: failedAlone(3, 'splunk', 0.5, 0.6) })).toContain(expected);
    expect(complaints({ failures: failedAlone(2, 'hook', 0.5, 0.6) })).toContain(expected);
    expect(complaints({ letters: [...good.letters, letter(1, 'splunk')] })).toContain(expected);
  });

  it('does not take a dead letter for an excuse when the destination took no other row since', () => {
    const failures = failedAlone(3, 'hook', 2.1, 2.2);
    expect(complaints({ failures })).toContain('took no other');
    // Not the row itself either, of which a reply was lost.
    expect(complaints({ failures, arrivals: [...good.arrivals, arrival(3, 'hook')] })).toContain(
      'took no other',
    );
  });

  it('is not content with a row that is still tried again', () => {
    expect(complaints({ letters: [letter(3, 'hook', { isolating: true }), letter(4, undefined)] })).toContain(
      'row still tried again at the end (1): hook',
    );
  });

  it('does not take dead letters of strangers, or without a reason', () => {
    expect(complaints({ letters: [...good.letters, letter(9, 'hook')] })).toContain('nobody wrote');
    const to = good.rows.map((row, n) => (n === 3 ? { ...row, to: ['splunk'] } : row));
    expect(complaints({ rows: to })).toContain('not meant for its destination');
    expect(complaints({ letters: [letter(3, 'hook', { reason: '' }), letter(4, undefined)] })).toContain(
      'without a reason',
    );
    expect(complaints({ letters: [letter(3, 'hook', { id: 'other' }), letter(4, undefined)] })).toContain(
      'another event id',
    );
  });

  it('lets a row pass that its destination failed alone, twice, while it took others; and no other row', () => {
    const other = { blob: 'another', offset: 0, id: 'other' };
    const passed = (...failures: readonly RequestFailure[]) =>
      complaints({
        rows: [...good.rows, written(0, { ...other, to: ['splunk'] })],
        arrivals: [
          ...good.arrivals.filter(({ destination }) => destination === 'hook'),
          { at: 5, destination: 'splunk', ...other },
          ...[1, 2, 3].map((n) => arrival(n, 'splunk', 10 + n)),
          arrival(0, 'splunk', 40),
        ],
        failures: [...good.failures, ...failures],
      });
    expect(passed(...failedAlone(0, 'splunk', 2, 3))).toBe('');
    for (const [what, failures] of [
      ['never failed', []],
      ['failed once', failedAlone(0, 'splunk', 2)],
      ['failed again only when it was passed already', failedAlone(0, 'splunk', 2, 15)],
      ['another destination', failedAlone(0, 'hook', 2, 3)],
      ['another row', failedAlone(1, 'splunk', 2, 3)],
    ] as const) {
      expect(passed(...failures), what).toContain('splunk: a row before an earlier one');
    }
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
    const failures = failedAlone(3, 'hook', 0.5, 90);
    expect(complaints({ rows, arrivals, letters: [letter(3, 'hook')], failures })).toContain(
      'before an earlier',
    );
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

describe('a blob that was overwritten', () => {
  // The first content had rows 0 to 3, the second has others in the same places.
  const second = [0, 1].map((n) => written(n, { id: `new-${n}`, generation: 1, at: 50 }));
  const arrivals = [
    ...good.arrivals.filter(({ offset }) => offset < 200),
    ...['splunk', 'hook'].flatMap((name) =>
      [0, 1].map((n) => ({ ...arrival(n, name, 60 + n), id: `new-${n}` })),
    ),
  ];
  const log = {
    rows: [...[0, 1, 2, 3].map((n) => written(n)), ...second],
    letters: [],
    failures: [],
    troubles: [],
    overwrites: [{ blob: BLOB, generation: 1, at: 50 }],
  };

  it('may lose what had not arrived, and nothing of what is in it now', () => {
    expect(complaints({ ...log, arrivals })).toBe('');
    expect(judge(goodLog({ ...log, arrivals })).standings).toMatchObject([{ gone: 2 }, { gone: 2 }]);
    expect(complaints({ ...log, arrivals, overwrites: [] })).toContain('splunk: LOST (2)');
    for (const [at, { id }] of arrivals.entries()) {
      if (id.startsWith('new'))
        expect(complaints({ ...log, arrivals: without(arrivals, at) })).toContain('LOST (1)');
    }
  });

  it('has an order of its own each time', () => {
    const last = arrivals.at(-1);
    const swapped = [...without(arrivals, arrivals.length - 2), ...arrivals.slice(-2, -1)];
    expect(
      complaints({ ...log, arrivals: swapped.map((each) => (each === last ? { ...each, at: 59 } : each)) }),
    ).toContain('hook: a row before an earlier one');
  });
});

describe('an archived blob', () => {
  it('holds its rows, as long as it is one, and no others', () => {
    const arrivals = good.arrivals.filter(({ offset }) => offset < 200);
    const archived = {
      arrivals,
      archived: [BLOB],
      end: { ...END, blobs: [{ blob: BLOB, length: 500, checkpoint: undefined }] },
    };
    expect(complaints(archived)).toBe('');
    expect(judge(goodLog(archived)).standings).toMatchObject([{ held: 2 }, { held: 1, deadLetters: 1 }]);
    expect(complaints({ ...archived, archived: ['another'] })).toContain('splunk: LOST (2)');
  });
});

describe('a row that nobody poisoned', () => {
  /** Row 2 comes to splunk so late; its bound is 100 s. */
  const late = (at: number, change: Partial<SoakLog> = {}) =>
    complaints({
      arrivals: good.arrivals
        .map((each) =>
          each.destination === 'splunk' && each.offset >= 200 ? { ...each, at: at + each.offset } : each,
        )
        .sort((a, b) => a.at - b.at),
      ...change,
    });
  const tooLate = 'splunk: a row that nobody poisoned took longer than 100.0 s';
  const trouble = (more: Partial<Disturbance> = {}): Partial<SoakLog> => ({
    disturbances: [{ kind: 'outage', destination: 'splunk', from: 1_000, to: 61_000, ...more }],
  });

  it('arrives within its bound', () => {
    expect(late(99_000)).toBe('');
    expect(late(101_000)).toContain(tooLate);
  });

  it('is given the time in which its own way was closed, and that of the backoff after it', () => {
    expect(late(150_000, trouble())).toBe('');
    // The backoff is 5 s at most here.
    expect(late(164_000, trouble())).toBe('');
    expect(late(166_000, trouble())).toContain(tooLate);
    expect(late(161_000, trouble({ kind: 'brown_out' }))).toContain(tooLate);
    expect(late(150_000, trouble({ to: 2_000 }))).toContain(tooLate);
    const twice = [...(trouble().disturbances ?? []), ...(trouble().disturbances ?? [])];
    expect(late(166_000, { disturbances: twice })).toContain(tooLate);
  });

  it.each([
    ['another destination', { destination: 'hook' }],
    ['another table', { kind: 'table_refused', container: 'insights-logs-advancedhunting-devicefileevents' }],
    ['another blob', { kind: 'blob_archived', blob: 'another' }],
  ] as const)('is given no time for trouble of %s', (_, other) => {
    expect(late(150_000, trouble(other))).toContain(tooLate);
  });

  it('is none that its destination always fails, and one at every other destination', () => {
    const poisoned = (by: string) =>
      good.rows.map((row) => ({ ...row, poison: { by, how: '500' as const } }));
    expect(late(101_000, { rows: poisoned('splunk') })).toBe('');
    expect(late(101_000, { rows: poisoned('hook') })).toContain(tooLate);
  });

  it('is not waited for before the whole row is there', () => {
    const rows = good.rows.map((row) => ({ ...row, at: row.offset >= 200 ? undefined : row.at }));
    expect(late(101_000, { rows })).toBe('');
    expect(judge(goodLog({ rows, arrivals: [] })).standings).toMatchObject([
      { missing: 4, due: 2 },
      { due: 2 },
    ]);
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
    expect(why({ injuries: [killed] })).toMatchObject({ afterInjuries: 1 });
    expect(why({ injuries: [{ ...killed, blob: 'another' }] })?.unexplained).toHaveLength(1);
    expect(why({ injuries: [{ ...killed, from: 90_001, to: 90_002 }] })?.unexplained).toHaveLength(1);
    expect(why({ injuries: [{ kind: 'claim_broken', from: 50, to: 50 }] })).toMatchObject({
      afterBrokenClaims: 1,
    });
    // Claims that Azurite has lost let a second consumer begin 20 s later.
    const restarted = { kind: 'storage_restarted' as const, from: -30_000, to: -20_000 };
    expect(why({ injuries: [restarted] })).toMatchObject({ afterBrokenClaims: 1, unexplained: [] });
    expect(why({ injuries: [{ ...restarted, from: -70_000, to: -60_000 }] })?.unexplained).toHaveLength(1);
  });

  it('are explained once by content that was put over the blob, shortly after', () => {
    const again = (times: readonly number[], change: Partial<SoakLog['overwrites'][number]>) =>
      judge(
        goodLog({
          overwrites: [{ blob: BLOB, generation: 0, at: 5, ...change }],
          arrivals: [...good.arrivals, ...times.map((at) => arrival(1, 'splunk', at))],
        }),
      ).standings[0]?.repeats;
    expect(again([10_000], {})).toMatchObject({ afterOverwrites: 1, unexplained: [] });
    expect(again([10_000, 20_000], {})?.unexplained).toHaveLength(1);
    expect(again([90_000], {})?.unexplained).toHaveLength(1);
    expect(again([10_000], { blob: 'another' })?.unexplained).toHaveLength(1);
    expect(again([10_000], { at: 10_001 })?.unexplained).toHaveLength(1);
  });

  it('are explained by what befell the rest of their batch', () => {
    const refused = {
      at: 1,
      destination: 'splunk',
      kind: 'rows_refused' as const,
      rows: [placeOf(BLOB, 100)],
    };
    const question = { at: 40, destination: 'splunk', kind: 'unacknowledged' as const, rows: [] };
    for (const [trouble, found] of [
      [refused, { afterRefusals: 1 }],
      [question, { afterLostReplies: 1 }],
    ] as const) {
      expect(why({ troubles: [...good.troubles, trouble] })).toMatchObject({ ...found, unexplained: [] });
    }
  });

  it('are explained by a failure of other rows of the blob between, where the destination acknowledges later', () => {
    const asked = { at: 0.5, destination: 'splunk', kind: 'unacknowledged' as const, rows: [] };
    const failures = [...good.failures, ...failedAlone(2, 'splunk', 50)];
    const troubles = [...good.troubles, asked];
    expect(why({ troubles, failures })).toMatchObject({ afterLostReplies: 1, unexplained: [] });
    expect(why({ troubles })?.unexplained).toHaveLength(1);
    expect(why({ failures })?.unexplained).toHaveLength(1);
    const before = [...good.failures, ...failedAlone(2, 'splunk', 0.5)];
    expect(why({ troubles, failures: before })?.unexplained).toHaveLength(1);
  });

  it('are not explained by an injury that came when the offset was long written', () => {
    const injured = (from: number) =>
      judge(
        goodLog({
          injuries: [{ kind: 'killed', from, to: from + 10 }],
          arrivals: [...good.arrivals, arrival(1, 'splunk', 90_000)],
        }),
      ).standings[0]?.repeats;
    expect(injured(30_000)).toMatchObject({ afterInjuries: 1, unexplained: [] });
    expect(injured(60_000)?.unexplained).toHaveLength(1);
  });
});

describe('a destination for people', () => {
  const hex = (n: number) => n.toString(16).padStart(32, '0');
  const group = (n: number, count: number) => ({ id: hex(n), count });
  const message = (...groups: ReturnType<typeof group>[]) => ({
    at: 10,
    destination: 'slack',
    groups,
    operational: false,
  });
  const alarms = (more: Partial<WrittenRow> = {}) =>
    [10, 11, 12].map((n) => written(n, { to: ['slack'], ...(n === 12 && more) }));

  /** Three alarms beside the rows of the good log. */
  function people(change: Partial<SoakLog> = {}, more: Partial<WrittenRow> = {}) {
    const verdict = judge(
      goodLog({
        destinations: ['splunk', 'hook', 'slack'],
        people: ['slack'],
        rows: [...good.rows, ...alarms(more)],
        end: {
          ...END,
          blobs: END.blobs.map(({ checkpoint, ...blob }) => ({
            ...blob,
            checkpoint: checkpoint && { ...checkpoint, offsets: { ...checkpoint.offsets, slack: 500 } },
          })),
        },
        messages: [message(group(1, 1)), message(group(1, 2), group(2, 1))],
        ...change,
      }),
    );
    return { standing: verdict.standings[2], complaints: verdict.complaints.join('\n') };
  }
  const refusedLetter = (count: number) => ({ ...letter(12, 'slack'), group: group(2, count) });
  const refused = {
    at: 9,
    destination: 'slack',
    kind: 'rows_refused' as const,
    rows: [placeOf(BLOB, 12 * LENGTH)],
  };

  it('has its alarms when the counts of all groups add up to them', () => {
    const { standing, complaints } = people();
    expect(complaints).toBe('');
    expect(standing).toMatchObject({ destination: 'slack', expected: 3, arrived: 3, missing: 0, due: 0 });
  });

  it('misses an alarm that no message counts, and says whether it is in the state', () => {
    const messages = [message(group(1, 2))];
    expect(people({ messages }).complaints).toContain('slack: LOST (1)');
    expect(people({ messages }).standing).toMatchObject({ missing: 1, due: 1 });
    const { blobs } = END;
    const end = { ...END, blobs, groups: [{ ...group(2, 1), destination: 'slack' }] };
    expect(people({ messages, end }).complaints).toContain('slack: alerts of which nobody was told (1)');
  });

  it('sees an alarm that is counted twice, and a message that names none', () => {
    expect(people({ messages: [message(group(1, 4))] }).complaints).toContain(
      'that no row explains (1): 4 for 3',
    );
    expect(people({ messages: [message(group(1, 3)), message()] }).complaints).toContain('names no alert');
    const about = { ...message(), operational: true };
    expect(people({ messages: [message(group(1, 3)), about] }).complaints).toBe('');
  });

  it('takes the letter of a group for its alarms, if the destination refused a message that begins with its first one', () => {
    const change = { messages: [message(group(1, 2))], letters: [...good.letters, refusedLetter(1)] };
    const troubles = [...good.troubles, refused, { ...refused, at: 11 }];
    expect(people({ ...change, troubles }).complaints).toBe('');
    const once = [...good.troubles, refused];
    expect(people({ ...change, troubles: once }).complaints).toContain('refused too seldom (1)');
    const twice = [...good.troubles, { ...refused, at: 100 }, { ...refused, at: 110 }];
    expect(people({ ...change, troubles: twice }).complaints).toContain('too seldom');
    const end = { ...message(), operational: true, at: 105 };
    expect(people({ ...change, messages: [message(group(1, 2)), end], troubles: twice }).complaints).toBe('');
    const alone = [1, 2, 3].map((at) => ({ ...refused, at }));
    expect(people({ ...change, troubles: [...good.troubles, ...alone] }).complaints).toContain('too seldom');
    const fourth = { ...refused, at: 4 };
    expect(people({ ...change, troubles: [...good.troubles, ...alone, fourth] }).complaints).toBe('');
    expect(people({ ...change, troubles }).standing).toMatchObject({ arrived: 2, deadLetters: 1, due: 0 });
    expect(people(change).complaints).toContain('dead letter of a group that nobody refused (1)');
  });

  it('need not be told of rows that were overwritten or are archived', () => {
    const messages = [message(group(1, 2))];
    expect(
      people({ messages, overwrites: [{ blob: 'other', generation: 1, at: 5 }] }, { blob: 'other' })
        .complaints,
    ).toBe('');
    expect(people({ messages, archived: ['other'] }, { blob: 'other' }).complaints).toBe('');
    expect(people({ archived: ['other'] }, { blob: 'other' }).complaints).toBe('');
  });

  it('gets a message again only after something kept the first from being recorded', () => {
    const messages = [message(group(1, 3)), message(group(1, 3))];
    expect(people({ messages }).complaints).toContain('messages that nothing explains came again (1): 1 > 0');
    const killed = { kind: 'killed' as const, from: 5, to: 6 };
    expect(people({ messages, injuries: [killed] }).complaints).toBe('');
    const lost = { at: 9, destination: 'slack', kind: 'reply_lost' as const, rows: [] };
    expect(people({ messages, troubles: [...good.troubles, lost] }).complaints).toBe('');
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
