import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/shared/byte-writer.ts';

describe('ByteWriter', () => {
  it('writes what Buffer writes, from any capacity', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'é', '€', 'a', '\0'), maxLength: 40 }),
      fc.uint8Array({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(40), (pieces, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const one of pieces) {
          if (typeof one === 'string') writer.text(one);
          else writer.bytes(one);
        }
        const expected = Buffer.concat(pieces.map((one) => Buffer.from(one as string)));
        expect(Buffer.from(writer.slice())).toEqual(expected);
        expect(writer.length).toBe(expected.length);
        expect(writer.capacity).toBeGreaterThanOrEqual(writer.length);
      }),
    );
  });

  it('writes a range of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, one, other) => {
        const start = Math.min(one, other, bytes.length);
        const end = Math.min(Math.max(one, other), bytes.length);
        const writer = new ByteWriter(0);
        writer.bytes(bytes, start, end);
        expect([...writer.slice()]).toEqual([...bytes.subarray(start, end)]);
      }),
    );
  });

  it('writes JSON, and nothing for what has no JSON text', () => {
    const writer = new ByteWriter();
    writer.json({ a: ['é', 1, null], '\ud800': '\ud800' });
    expect(Buffer.from(writer.slice()).toString()).toBe('{"a":["é",1,null],"\\ud800":"\\ud800"}');
    const { length } = writer;
    expect(() => writer.json(undefined)).toThrow(TypeError);
    expect(writer.length).toBe(length);
  });

  it('gives views that growing leaves as they were', () => {
    const writer = new ByteWriter(4);
    writer.text('abcd');
    const before = writer.slice(1, 3);
    writer.text('x'.repeat(1_000));
    expect(Buffer.from(before).toString()).toBe('bc');
    expect(writer.slice(0, 5_000)).toHaveLength(1_004);
  });

  it('takes back what was written last', () => {
    const writer = new ByteWriter();
    writer.text('kept, dropped');
    writer.truncate(4);
    writer.text('!');
    expect(Buffer.from(writer.slice()).toString()).toBe('kept!');
    expect(() => writer.truncate(6)).toThrow(RangeError);
  });

  it('allocates nothing while what was reserved lasts', () => {
    const writer = new ByteWriter(0);
    writer.reserve(100);
    const { capacity } = writer;
    for (let at = 0; at < 10; at++) writer.text('0123456789');
    expect(writer.capacity).toBe(capacity);
  });
});
