/** Times in ISO 8601: read in one way everywhere, to the last digit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRfc3339 } from '../../lab/receivers/rfc3339.ts';
import {
  eventTimeText,
  instantMs,
  isUsualEventTime,
  isUsualInstant,
  parseEventTime,
  parseInstant,
} from '../../src/shared/instant.ts';

/** As a decimal literal with all digits. */
function epochSeconds(text: string): string | undefined {
  const instant = parseEventTime(text);
  return instant && `${instant.seconds}${instant.fraction === '' ? '' : '.'}${instant.fraction}`;
}

describe('the time of an event in epoch seconds', () => {
  it.each([
    ['2026-11-23T07:01:02.1234567Z', '1795417262.1234567'],
    ['2026-11-23T07:01:02Z', '1795417262'],
    ['2026-11-23T07:01:02.5', '1795417262.5'],
    ['2026-11-23T08:01:02.0500000+01:00', '1795417262.0500000'],
    ['2026-11-23 07:01:02.1', '1795417262.1'],
    ['1970-01-01T00:00:00Z', '0'],
    ['1601-01-01T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-11-23T25:00:00Z', undefined],
    ['1795417262', undefined],
    ['', undefined],
  ])('%s is %s', (text, seconds) => {
    expect(epochSeconds(text)).toBe(seconds);
  });

  it('keeps the second and every digit', () => {
    const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, fc.stringMatching(/^\d{0,7}$/), (date, digits) => {
        const seconds = Math.floor(date.getTime() / 1000);
        const head = new Date(seconds * 1000).toISOString().slice(0, 19);
        const text = `${head}${digits === '' ? '' : `.${digits}`}Z`;
        expect(parseInstant(text)).toEqual({ seconds, fraction: digits });
      }),
    );
  });
});

describe('an instant', () => {
  const ms = (text: string) => {
    const instant = parseInstant(text);
    return instant && instantMs(instant);
  };

  it.each([
    ['2026-11-23T07:01Z', Date.UTC(2026, 10, 23, 7, 1)],
    ['2026-11-23 07:01', Date.UTC(2026, 10, 23, 7, 1)],
    ['2026-11-23T09:01:02+0200', Date.UTC(2026, 10, 23, 7, 1, 2)],
    ['2026-11-23T07:01:02.9999999Z', Date.UTC(2026, 10, 23, 7, 1, 2, 999)],
    ['1969-12-31T23:59:59.25Z', -750],
    ['1601-01-01T00:00:00Z', -11_644_473_600_000],
    ['2026-11-23T07:01.5Z', undefined],
    ['2026-11-23', undefined],
    ['2026-11-23T07:01:02.1234567890Z', undefined],
    ['2026-11-23T07:01:02Z or later', undefined],
  ])('%s is %s', (text, expected) => {
    expect(ms(text)).toBe(expected);
  });

  it('before 1970 is no time of an event', () => {
    expect(parseEventTime('1601-01-01T00:00:00Z')).toBeUndefined();
    expect(parseEventTime('1970-01-01T00:00:00Z')).toEqual({ seconds: 0, fraction: '' });
  });

  it('the last year of all is no time of an event', () => {
    expect(parseEventTime('9999-01-01T00:00:00Z')).toBeUndefined();
    expect(parseEventTime('9998-12-31T23:59:59.9999999Z')).toBeDefined();
    expect(parseInstant('9999-12-31T23:59:59Z')).toBeDefined();
  });
});

describe('the time of an event as text', () => {
  it.each([
    ['2026-11-23T07:01:02.1234567Z', '2026-11-23T07:01:02.1234567Z'],
    ['2026-11-30T07:01:02.1230000Z', '2026-11-30T07:01:02.1230000Z'],
    ['2026-11-23 07:01', '2026-11-23T07:01:00Z'],
    ['2026-11-23T09:01:02.5+0200', '2026-11-23T07:01:02.5Z'],
    ['2026-11-23T24:00:00', '2026-11-24T00:00:00Z'],
    ['2026-02-30T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['1601-01-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('%s is %s', (text, expected) => {
    expect(eventTimeText(text)).toBe(expected);
  });

  it('is of RFC 3339 and the same instant, however it was written', () => {
    const number = (most: number) => fc.nat(most).map((each) => String(each).padStart(2, '0'));
    const parts = fc.record({
      date: fc.tuple(fc.integer({ min: 1970, max: 9998 }), number(12), number(31)),
      blank: fc.constantFrom('T', ' '),
      time: fc.tuple(number(24), number(59)),
      seconds: fc.option(fc.tuple(number(59), fc.stringMatching(/^(?:\.\d{1,9})?$/)), { nil: undefined }),
      zone: fc.constantFrom('', 'Z', '+01:00', '-0930', '+2359'),
    });
    fc.assert(
      fc.property(parts, ({ date, blank, time, seconds, zone }) => {
        const text = `${date.join('-')}${blank}${time.join(':')}${seconds ? `:${seconds.join('')}` : ''}${zone}`;
        const written = eventTimeText(text);
        expect(parseEventTime(written ?? '')).toEqual(parseEventTime(text));
        expect([written, written === undefined || isRfc3339(written)]).toEqual([written, true]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the times that Defender usually writes', () => {
  /** What the engine says of them. */
  function plain(text: string): unknown {
    const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/.exec(text);
    const ms = match ? Date.parse(`${match[1]}Z`) : Number.NaN;
    return Number.isNaN(ms) ? undefined : { seconds: ms / 1000, fraction: match?.[2] ?? '' };
  }
  // Days that follow each other and repeat: the day of the time before is kept.
  const time = fc
    .tuple(
      fc.constantFrom(
        '2026-11-23',
        '2026-11-24',
        '2026-02-28',
        '2024-02-29',
        '2026-01-31',
        '1969-12-31',
        '9999-12-28',
      ),
      fc.integer({ min: 0, max: 86_399 }),
      fc.stringMatching(/^(\.\d{1,9})?$/),
    )
    .map(([day, second, fraction]) => {
      const clock = new Date(second * 1000).toISOString().slice(11, 19);
      return `${day}T${clock}${fraction}Z`;
    });
  const changed = fc
    .tuple(time, fc.nat(29), fc.constantFrom(...'0123456789-:.TZ+ /;x'))
    .map(([text, at, other]) => (at < text.length ? text.slice(0, at) + other + text.slice(at + 1) : text));

  it('are what the engine reads, also where one follows another and where a character was changed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(time, changed), { minLength: 1, maxLength: 20 }), (texts) => {
        for (const text of texts) {
          const expected = plain(text);
          if (expected !== undefined) expect(parseInstant(text)).toEqual(expected);
          else if (isUsualInstant(text)) throw new Error(`${text} is no time`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('are found in bytes as in text', () => {
    fc.assert(
      fc.property(fc.oneof(time, changed), (text) => {
        const bytes = new TextEncoder().encode(`"${text}"`);
        const isEvent = isUsualInstant(text) && parseEventTime(text) !== undefined;
        expect(isUsualEventTime(bytes, 1, bytes.length - 1)).toBe(isEvent);
      }),
    );
  });
});
