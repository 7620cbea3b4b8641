import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../src/blobs/rows/raw-row.ts';
import { scanRow } from '../../../src/blobs/rows/scan.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { eventId } from '../../../src/shared/event-id.ts';
import { ExactNumber } from '../../../src/shared/exact-number.ts';
import { envelopeMember } from '../../../src/shared/row-members.ts';

const raw = (text: string | Buffer): RawRow => {
  const bytes = Buffer.from(text);
  return { offset: 7, end: 7 + bytes.length + 2, bytes, truncated: false };
};
const parse = (text: string | Buffer) => parseRow(raw(text), 'c/b', 1 << 20);

/** Values that differ at one end, in their length, in how they are written, or not at all. */
const alike = fc.constantFrom(
  '2026-01',
  '2027-01',
  '2026-02',
  '2026',
  '2026-0é',
  '"2026"',
  'x'.repeat(80),
  2026,
);

describe('scanRow', () => {
  it('finds the bytes of properties in any row', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 1),
        (before, properties, after, indent) => {
          const row = { ...before, properties, ...after };
          const bytes = Buffer.from(JSON.stringify(row, undefined, indent));
          const span = scanRow(bytes).properties;
          const found = bytes.subarray(span?.start, span?.end).toString();
          expect(JSON.parse(found)).toEqual(JSON.parse(bytes.toString()).properties);
        },
      ),
    );
  });

  it('takes the last of two, as JSON.parse does', () => {
    const bytes = Buffer.from('{"properties":{"a":1},"x":{"properties":{"c":3}},"properties" : {"b":2} }');
    const span = scanRow(bytes).properties;
    expect(bytes.subarray(span?.start, span?.end).toString()).toBe('{"b":2}');
  });

  it('tells the depth', () => {
    expect(scanRow(Buffer.from('{"a":[[{"b":"[[[["}]]}')).depth).toBe(4);
  });
});

describe('parseRow', () => {
  it('reads a Defender row', () => {
    const text =
      '{"time":"2026-11-23T07:04:00Z","tenantId":"t","category":"AdvancedHunting-DeviceEvents","properties":{"DeviceName":"pc"},"Tenant":"DefaultTenant"}';
    expect(parse(text)).toMatchObject({
      ok: true,
      repaired: false,
      row: {
        id: eventId('AdvancedHunting-DeviceEvents', '{"DeviceName":"pc"}'),
        table: 'DeviceEvents',
        properties: { DeviceName: 'pc' },
        envelope: {
          time: '2026-11-23T07:04:00Z',
          tenantId: 't',
          category: 'AdvancedHunting-DeviceEvents',
          Tenant: 'DefaultTenant',
        },
        text,
        source: { blob: 'c/b', offset: 7 },
      },
    });
  });

  it('gives a second copy with another time the same id', () => {
    const row = (time: string) =>
      parse(`{"time":"${time}","category":"AdvancedHunting-X","properties":{"a":1}}`);
    const [one, two] = [row('1'), row('2')];
    expect(one.ok && two.ok && one.row.id === two.row.id).toBe(true);
  });

  it('drops the plumbing columns, and then the text is not the row any more', () => {
    const parsed = parse('{"category":"X","properties":{"__UDI_RequiredFields_A":"1","b":2}}');
    expect(parsed).toMatchObject({ ok: true, row: { properties: { b: 2 }, text: undefined, table: 'X' } });
  });

  it('keeps the digits of integers beyond 2^53', () => {
    const parsed = parse(
      '{"category":"X","properties":{"Id":12345678901234567890,"n":-3,"f":0.1234567890123456}}',
    );
    expect(parsed).toMatchObject({
      ok: true,
      row: { properties: { Id: new ExactNumber('12345678901234567890'), n: -3, f: 0.1234567890123456 } },
    });
  });

  it('case 14, number beyond double: keeps what was written, nested too', () => {
    const parsed = parse(
      '{"category":"X","properties":{"Exp":1e400,"neg":-1E+999,"deep":{"list":[ 2e308, {"x":1e-400}]},"AdditionalFields":{"n":-1.5e0309},"tiny":0.00000000000000001e-320,"fine":[1e308,5e-324,0.0,-0,0e999,1.5e100,100000000000000000000.5]}}',
    );
    expect(parsed.ok && JSON.stringify(parsed.row.properties)).toBe(
      '{"Exp":1e400,"neg":-1E+999,"deep":{"list":[2e308,{"x":1e-400}]},"AdditionalFields":{"n":-1.5e0309},"tiny":0.00000000000000001e-320,"fine":[1e+308,5e-324,0,-0,0,1.5e+100,100000000000000000000]}',
    );
  });

  it('no number of a row becomes null, whatever its digits', () => {
    const digits = fc.stringMatching(/^(?:0|[1-9]\d{0,25})(?:\.\d{1,40})?(?:[eE][+-]?\d{1,5})?$/);
    fc.assert(
      fc.property(digits, fc.boolean(), (number, negative) => {
        const written = negative ? `-${number}` : number;
        const parsed = parse(`{"category":"X","properties":{"n": ${written}}}`);
        const kept = parsed.ok && parsed.row.properties.n;
        if (kept instanceof ExactNumber) expect(kept.text).toBe(written);
        else {
          expect(kept === 0 ? 0 : kept).toBe(Number(written) === 0 ? 0 : Number(written));
          expect(kept === 0 && /^[^eE]*[1-9]/.test(written)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes __proto__ for a column like any other', () => {
    const parsed = parse('{"category":"X","__proto__":{"x":1},"properties":{"__proto__":{"polluted":true}}}');
    expect(parsed.ok && Object.keys(parsed.row.properties)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('repairs bytes that are not UTF-8 and lets the row go on', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"category":"X","properties":{"a":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('"}}'),
    ]);
    expect(parse(bytes)).toMatchObject({
      ok: true,
      repaired: true,
      row: { properties: { a: '\ufffd(\ufffd' } },
    });
    expect(parse('{"category":"X","properties":{"a":"\ufffd"}}')).toMatchObject({
      ok: true,
      repaired: false,
    });
  });

  it.each([
    ['not_json', '{"category":'],
    ['not_json', ''],
    ['not_json', 'hello'],
    ['not_an_object', '[1]'],
    ['not_an_object', 'null'],
    ['no_category', '{"properties":{}}'],
    ['no_category', '{"category":5,"properties":{}}'],
    ['no_category', '{"category":"","properties":{}}'],
    ['no_properties', '{"category":"X"}'],
    ['no_properties', '{"category":"X","properties":"y"}'],
    ['no_properties', '{"category":"X","properties":null}'],
    ['too_deep', `{"category":"X","properties":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`],
    ['not_json', '['.repeat(100_000)],
    ['too_many_values', `{"category":"X","properties":{"a":[${'1,   '.repeat(60_000)}1]}}`],
  ])('says %s of %s', (reason, text) => {
    expect(parse(text)).toMatchObject({ ok: false, reason });
  });

  it('takes commas and colons in strings for what they are', () => {
    expect(
      parse(JSON.stringify({ category: 'X', properties: { Script: 'a,b:c,'.repeat(100_000) } })),
    ).toMatchObject({
      ok: true,
    });
  });

  it('refuses a row over the limit', () => {
    expect(parseRow(raw(' '.repeat(50)), 'c/b', 49)).toMatchObject({ ok: false, reason: 'row_too_large' });
    expect(parseRow({ ...raw('{}'), truncated: true }, 'c/b', 49)).toMatchObject({ reason: 'row_too_large' });
  });
});

describe('the text of a row', () => {
  it('is one line, and says the same, however the row is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('\n', '\r\n', '\r'), (value, lineBreak) => {
        const row = { category: 'AdvancedHunting-X', properties: { value, lines: 'a\r\nb' } };
        const parsed = parse(JSON.stringify(row, undefined, 2).replaceAll('\n', lineBreak));
        const text = parsed.ok ? parsed.row.text : undefined;
        // A lone carriage return ends no line of NDJSON.
        expect(text).not.toContain('\n');
        expect(JSON.parse(text ?? '')).toEqual(JSON.parse(JSON.stringify(row)));
      }),
    );
  });
});

describe('a scanned row', () => {
  it('has its own time and tenant, however alike those of the row before are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(alike, alike), { minLength: 1, maxLength: 20 }), (members) => {
        const lines = members.map(
          ([time, tenantId]) =>
            `${JSON.stringify({ time, tenantId, category: 'AdvancedHunting-DeviceEvents', properties: {} })}\n`,
        );
        const rows = scannedLineSplitter(0, 1 << 20, scanPage).push(Buffer.from(lines.join('')));
        const read = rows.map((row) => {
          const parsed = parseRow(row, 'c/b', 1 << 20);
          if (!parsed.ok) throw new Error(parsed.message);
          return ['time', 'tenantId'].map((name) => envelopeMember(parsed.row, name));
        });
        expect(read).toEqual(members);
      }),
    );
  });
});
