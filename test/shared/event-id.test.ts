import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId } from '../../src/shared/event-id.ts';

const defined = (category: string, properties: Uint8Array | string) =>
  createHash('sha256').update(category).update('\n').update(properties).digest('hex').slice(0, 32);

describe('eventId', () => {
  it('is what it always was: offsets, dedupe and receivers know rows by it', () => {
    expect(eventId('AdvancedHunting-DeviceEvents', '{"DeviceName":"pc"}')).toBe(
      'ad7001a4dc29efe7395da044a5ecbf01',
    );
  });

  it('is one hash over the category, a newline and the bytes, whatever their length', () => {
    const texts = fc.sample(fc.string({ unit: 'binary' }), 50);
    for (const category of texts) {
      for (const length of [0, 1, 1_600, 16_383 - 3 * category.length, 16_384, 40_000]) {
        const bytes = new Uint8Array(length).fill(0x61);
        expect(eventId(category, Buffer.from(bytes))).toBe(defined(category, bytes));
      }
      for (const text of texts) expect(eventId(category, text)).toBe(defined(category, text));
    }
  });
});
