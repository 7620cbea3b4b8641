import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, encodeBody, MAX_BODY_BYTES } from '../../src/queue/encoding.ts';
import { poisonBody } from '../../src/queue/poison.ts';

describe('message encoding', () => {
  it('gives back whatever was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        expect(decodeBody(encodeBody(body))).toBe(body);
      }),
    );
  });

  it('leaves JSON that was written plain as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.object())), (value) => {
        const text = JSON.stringify(value);
        expect(decodeBody(text)).toBe(text);
      }),
    );
  });

  it('leaves base64 of something that is no text as it is', () => {
    expect(decodeBody('/////w==')).toBe('/////w==');
  });

  it('keeps a poison message within the bound, whatever is in it', () => {
    fc.assert(
      fc.property(fc.constantFrom('"', '\u0000', 'é', '𝄞', 'x', '\ud800'), fc.nat(70_000), (unit, length) => {
        const body = unit.repeat(length);
        const reason = unit.repeat(2000);
        const text = poisonBody({ reason, body, dequeueCount: 3, insertedOn: '2026-11-23T07:00:00Z' });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BODY_BYTES);
        expect(body.startsWith(JSON.parse(text).body)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
