import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  type Book,
  type BookSettings,
  bookSchema,
  EMPTY_BOOK,
  type Seen,
  withoutPending,
} from '../../../src/relay/operational/book.ts';
import { KIND_NAMES, type Kind, type Sight } from '../../../src/relay/operational/trouble.ts';
import { runs } from '../../support/runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SETTINGS: BookSettings = { to: ['on-call', 'soc-slack'], settleMs: 5 * MINUTE, repeatMs: HOUR };
const T0 = Date.UTC(2026, 10, 23, 7);

function down(...subjects: readonly (readonly [string, number])[]): Seen {
  return {
    destination: new Map(subjects.map(([name, since]) => [name, { since, detail: 'timeout: no answer' }])),
  };
}
const UP: Seen = { destination: new Map() };

/** What was to be told, in order: `first splunk -> on-call`. */
function told(book: Book): readonly string[] {
  return book.pending.map(({ to, message }) => `${message.phase} ${message.title} -> ${to}`);
}

describe('the book of troubles', () => {
  it('tells of an outage once, when it has lasted, and of its end once, when that has lasted', () => {
    let book = EMPTY_BOOK;
    const at = (minutes: number, seen: Seen) => {
      book = advance(book, seen, T0 + minutes * MINUTE, SETTINGS);
      return book.pending.length;
    };
    const out = down(['splunk', T0]);
    expect([at(1, out), at(4, out), at(5, out), at(6, out), at(60, out)]).toEqual([0, 0, 2, 2, 2]);
    expect([at(61, UP), at(65, UP), at(66, UP), at(90, UP)]).toEqual([2, 2, 4, 4]);
    expect(told(book)).toEqual([
      'first splunk is out of service -> on-call',
      'first splunk is out of service -> soc-slack',
      'end splunk is in service again -> on-call',
      'end splunk is in service again -> soc-slack',
    ]);
    expect(new Set(book.pending.map(({ message }) => message.id)).size).toBe(1);
    expect(book.pending[2]?.message).toMatchObject({
      since: new Date(T0).toISOString(),
      until: new Date(T0 + 61 * MINUTE).toISOString(),
    });
  });

  it('says what is the matter, and where the runbook is', () => {
    const settings = { ...SETTINGS, runbooks: 'https://wiki.example/' };
    const book = advance(EMPTY_BOOK, down(['splunk', T0 - HOUR]), T0, settings);
    expect(book.pending[0]?.message.facts).toEqual([
      { label: 'splunk', value: 'timeout: no answer' },
      { label: 'Runbook', value: 'https://wiki.example/docs/operations.md#a-destination-is-out-of-service' },
    ]);
  });

  it('says where the rows of machines wait, and where the alerts for people do', () => {
    const textOf = (...places: readonly Sight['waitsIn'][]) => {
      const sights = places.map((waitsIn, at): [string, Sight] => [
        `d${at}`,
        { since: T0 - HOUR, detail: 'timeout', waitsIn },
      ]);
      return advance(EMPTY_BOOK, { destination: new Map(sights) }, T0, SETTINGS).pending[0]?.message.text;
    };
    expect(textOf('blobs')).toMatch(/rows wait in their blobs/);
    expect(textOf('blobs')).not.toMatch(/state container/);
    expect(textOf('state')).toMatch(/alerts wait in the state container/);
    expect(textOf('state')).not.toMatch(/blobs/);
    expect(textOf('state', 'blobs')).toMatch(/rows wait in their blobs.*alerts wait in the state container/s);
  });

  it('does not tell of what comes and goes', () => {
    let book = advance(EMPTY_BOOK, down(['splunk', T0 - HOUR]), T0, SETTINGS);
    for (let minute = 1; minute < 600; minute++) {
      const now = T0 + minute * MINUTE;
      // Four minutes in service, four minutes out of it.
      book = advance(book, minute % 8 < 4 ? UP : down(['splunk', now]), now, SETTINGS);
    }
    expect(told(book)).toHaveLength(2);
  });

  it('tells of the same destination again at most once in `repeat`', () => {
    let book = EMPTY_BOOK;
    for (let minute = 0; minute < 240; minute++) {
      const now = T0 + minute * MINUTE;
      const since = now - (minute % 20) * MINUTE;
      book = advance(book, minute % 20 < 10 ? down(['splunk', since]) : UP, now, SETTINGS);
    }
    const firsts = told(book).filter((one) => one.startsWith('first'));
    expect(firsts.length).toBeLessThanOrEqual(4 * 2);
    expect(firsts.length).toBeGreaterThanOrEqual(2 * 2);
  });

  it('makes one message of what begins at once, and another of what follows', () => {
    const since = T0 - HOUR;
    let book = advance(EMPTY_BOOK, down(['b', since], ['a', since]), T0, SETTINGS);
    book = advance(book, down(['b', since], ['a', since], ['c', since]), T0 + MINUTE, SETTINGS);
    expect(told(book).filter((one) => one.endsWith('on-call'))).toEqual([
      'first a, b are out of service -> on-call',
      'first c is out of service -> on-call',
    ]);
  });

  it('tells nobody through the destination that is out of service', () => {
    const book = advance(EMPTY_BOOK, down(['on-call', T0 - HOUR]), T0, SETTINGS);
    expect(book.pending.map(({ to }) => to)).toEqual(['soc-slack']);
  });

  it('changes nothing for what could not be looked at', () => {
    const book = advance(EMPTY_BOOK, down(['splunk', T0 - HOUR]), T0, SETTINGS);
    expect(advance(book, {}, T0 + HOUR, SETTINGS)).toBe(book);
  });

  it('does not wait for the times of a clock that is a day ahead', () => {
    const ahead = T0 + 24 * HOUR;
    let book = advance(EMPTY_BOOK, down(['splunk', ahead]), ahead, { ...SETTINGS, settleMs: 0 });
    book = advance(book, UP, ahead, SETTINGS);
    book = withoutPending(book, book.pending);
    book = advance(book, UP, T0, SETTINGS);
    book = advance(book, UP, T0 + 5 * MINUTE, SETTINGS);
    expect(told(book)[0]).toMatch(/^end splunk/);
    book = advance(book, down(['splunk', T0]), T0 + 6 * MINUTE, SETTINGS);
    expect(told(book).at(-1)).toMatch(/^first splunk/);
  });

  it('stays within its schema and its bounds, and tells beginnings and ends in turn, whatever is seen', () => {
    const sight = fc.record({
      since: fc.integer({ min: 0, max: 2e12 }),
      detail: fc.string({ unit: 'binary', maxLength: 2_000 }),
    });
    const sights = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__', 'x'.repeat(300)), sight), { maxLength: 6 })
      .map((all): ReadonlyMap<string, Sight> => new Map(all));
    const look = fc.record({
      kinds: fc.uniqueArray(fc.constantFrom(...KIND_NAMES), { maxLength: 4 }),
      sights: fc.array(sights, { minLength: 4, maxLength: 4 }),
      step: fc.double({ min: -HOUR, max: 2 * HOUR, noNaN: true }),
      announces: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
        let book = EMPTY_BOOK;
        let now = T0;
        const open = new Set<string>();
        for (const { kinds, sights: found, step, announces } of looks) {
          now += step;
          const seen: Partial<Record<Kind, ReadonlyMap<string, Sight>>> = {};
          for (const [at, name] of kinds.entries()) seen[name] = found[at] ?? new Map();
          const before = book.pending.length;
          book = advance(book, seen, now, SETTINGS);
          for (const { to, message } of book.pending.slice(before)) {
            const key = `${to} ${message.id}`;
            expect(open.has(key)).toBe(message.phase === 'end');
            if (message.phase === 'first') open.add(key);
            else open.delete(key);
          }
          expect(bookSchema.parse(JSON.parse(JSON.stringify(book)))).toEqual(book);
          if (announces) book = withoutPending(book, book.pending);
        }
        expect(JSON.stringify(book).length).toBeLessThan(1_048_576);
      }),
      { numRuns: runs(30) },
    );
  });
});
