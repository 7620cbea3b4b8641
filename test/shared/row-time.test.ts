/** When a row says that its event happened, also where it says nonsense. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/shared/json.ts';
import { hasBadTimestamp, rowTime, rowTimeText } from '../../src/shared/row-time.ts';

const ENVELOPE = '2026-11-25T07:00:01Z';

const row = (
  properties: Record<string, JsonValue>,
  envelope: Record<string, JsonValue> = { time: ENVELOPE },
) => ({
  id: '0',
  table: 'DeviceEvents',
  properties,
  envelope,
  text: undefined,
  source: { blob: 'c/b', offset: 0 },
});

describe("a row's time", () => {
  it('is its Timestamp, to the digit', () => {
    const good = row({ Timestamp: '2026-11-25T06:58:00.1234567Z' });
    expect(rowTimeText(good)).toBe('2026-11-25T06:58:00.1234567Z');
    expect(rowTime(good)).toBe(Date.UTC(2026, 10, 25, 6, 58, 0, 123));
    expect(hasBadTimestamp(good)).toBe(false);
  });

  it.each([
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00',
    '1601-01-01T00:00:00.0000000Z',
    '9999-12-31T23:59:59.9999999Z',
    'yesterday',
    '',
    1_795_590_062,
    true,
    { $date: '2026-11-25T07:00:00Z' },
  ])("is the envelope's where Timestamp is %j, which is counted", (Timestamp) => {
    const bad = row({ Timestamp });
    expect(rowTimeText(bad)).toBe(ENVELOPE);
    expect(rowTime(bad)).toBe(Date.parse(ENVELOPE));
    expect(hasBadTimestamp(bad)).toBe(true);
  });

  it.each([{}, { Timestamp: null }])(
    "is the envelope's where there is none, as in %j, which is nothing to count",
    (none) => {
      expect(rowTimeText(row(none))).toBe(ENVELOPE);
      expect(hasBadTimestamp(row(none))).toBe(false);
    },
  );

  it('is unknown where neither can be one; what the envelope says stays to be seen', () => {
    const bad = row({ Timestamp: '0001-01-01T00:00:00Z' }, { time: 'soon' });
    expect(rowTime(bad)).toBeUndefined();
    expect(rowTimeText(bad)).toBe('soon');
    expect(rowTimeText(row({ Timestamp: 'never' }, {}))).toBe('never');
    expect(rowTimeText(row({}, {}))).toBe('');
  });

  it('does not come from a prototype', () => {
    const inherited = Object.create({ Timestamp: '2026-11-25T06:58:00Z' });
    expect(rowTimeText(row(inherited))).toBe(ENVELOPE);
  });
});
