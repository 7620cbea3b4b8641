import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { recurringText } from '../../../src/blobs/rows/recurring-texts.ts';

/** Few letters and many lengths: texts differ in the bytes that the hash does not read, and take each other's places. */
const texts = fc
  .tuple(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }), fc.integer({ min: 0, max: 9 }))
  .map(([text, times]) => text.repeat(times));

it('a text is that of its bytes, whatever was read before it', () => {
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 60 }), (all) => {
      for (const text of [...all, ...all, ...all]) {
        const page = Buffer.from(`"${text}"`);
        expect(recurringText(page, 1, page.length - 1)).toBe(text);
      }
    }),
    { numRuns: 300 },
  );
});

it('a short text that was read twice of late is not made a third time', () => {
  const page = Buffer.from('"C:\\Windows\\System32\\svchost.exe"');
  const made = vi.spyOn(page, 'toString');
  const read = () => recurringText(page, 1, page.length - 1);
  expect([read(), read(), read(), read()]).toEqual(Array(4).fill('C:\\Windows\\System32\\svchost.exe'));
  expect(made).toHaveBeenCalledTimes(2);
});
