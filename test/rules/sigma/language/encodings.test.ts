/** The encodings of modifiers are those that programs on Windows and elsewhere write. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64, base64Offsets, utf8, utf16 } from '../../../../src/rules/sigma/language/encodings.ts';

/** Lone surrogates included. */
const text = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));

describe('encodings', () => {
  it('agree with Node, byte for byte', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(utf8(input)).toBe(Buffer.from(input, 'utf8').toString('latin1'));
        expect(utf16(input, 'le', false)).toBe(Buffer.from(input, 'utf16le').toString('latin1'));
        expect(utf16(input, 'be', true)).toBe(
          Buffer.from(`\uFEFF${input}`, 'utf16le').swap16().toString('latin1'),
        );
        expect(base64(utf8(input))).toBe(Buffer.from(input).toString('base64'));
      }),
    );
  });

  it('find bytes in Base64 at every offset', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (before, wanted, after) => {
        const whole = Buffer.concat([before, wanted, after]).toString('base64');
        const offset = before.length % 3;
        expect(whole).toContain(base64Offsets(Buffer.from(wanted).toString('latin1'))[offset]);
      }),
    );
  });
});
