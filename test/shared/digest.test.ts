/** The hashes of rules are those of Node: stored windows, versions and pseudonyms depend on them. */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { hexDigest, sha256Hex, sha256OfAll, shortDigest } from '../../src/shared/digest.ts';

/** Lone surrogates included: rows may hold them. */
const text = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((units) => String.fromCharCode(...units));

describe('hashes', () => {
  it('are SHA-2 of the UTF-8', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(sha256Hex(input)).toBe(createHash('sha256').update(input, 'utf8').digest('hex'));
        expect(hexDigest('sha256')(input)).toBe(sha256Hex(input));
        expect(hexDigest('sha512')(input)).toBe(createHash('sha512').update(input, 'utf8').digest('hex'));
      }),
    );
  });

  it('are those of all texts together', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (inputs) => {
        const hash = createHash('sha256');
        for (const input of inputs) hash.update(input, 'utf8');
        expect(sha256OfAll(inputs)).toBe(hash.digest('hex'));
      }),
    );
  });

  it('are those of all texts together where there is no Node', async () => {
    vi.stubGlobal('process', undefined);
    vi.resetModules();
    try {
      const elsewhere = await import('../../src/shared/digest.ts');
      expect(elsewhere.sha256OfAll(['a', 'é'])).toBe(sha256OfAll(['a', 'é']));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('are HMAC with a key, again and again', () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (key, inputs) => {
        for (const name of ['sha256', 'sha512'] as const) {
          const digest = hexDigest(name, key);
          for (const input of inputs) {
            expect(digest(input)).toBe(createHmac(name, key).update(input, 'utf8').digest('hex'));
          }
        }
      }),
    );
  });

  it('are short in base64url', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(shortDigest(input)).toBe(createHash('sha256').update(input).digest('base64url').slice(0, 16));
      }),
    );
  });
});
