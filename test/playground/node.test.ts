/** What stands in for Node's modules in the playground does what they do. */
import { Buffer as Real } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buffer } from '../../console/playground/node/buffer.ts';
import { createHash as hashed, createHmac as keyed } from '../../console/playground/node/crypto.ts';
import { gzipSync } from '../../console/playground/node/zlib.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: 'binary', maxLength: 100 });

describe('Buffer', () => {
  it('reads and writes texts as Node does', () => {
    fc.assert(
      fc.property(bytes, text, (data, words) => {
        const [own, real] = [Buffer.from(data), Real.from(data)];
        for (const encoding of ['utf8', 'latin1', 'hex', 'base64', 'base64url'] as const) {
          expect(own.toString(encoding)).toBe(real.toString(encoding));
          expect(own.toString(encoding, 3, 20)).toBe(real.toString(encoding, 3, 20));
        }
        for (const encoding of ['utf8', 'latin1'] as const) {
          expect([...Buffer.from(words, encoding)]).toEqual([...Real.from(words, encoding)]);
        }
        for (const encoding of ['hex', 'base64'] as const) {
          expect([...Buffer.from(real.toString(encoding), encoding)]).toEqual([...data]);
        }
        expect(Buffer.byteLength(words)).toBe(Real.byteLength(words));
      }),
    );
  });

  it('compares, joins and searches as Node does', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(20), text, (one, other, at, words) => {
        const [own, real] = [Buffer.from(one), Real.from(one)];
        expect(own.equals(other)).toBe(real.equals(other));
        expect(own.compare(other)).toBe(real.compare(other));
        const [to, ownTo] = [Math.min(at, other.length), Math.min(at, one.length)];
        expect(own.compare(other, 0, to, 0, ownTo)).toBe(real.compare(other, 0, to, 0, ownTo));
        expect([...Buffer.concat([one, other])]).toEqual([...Real.concat([one, other])]);
        expect([...Buffer.concat([one, other], at)]).toEqual([...Real.concat([one, other], at)]);
        const joined = Real.concat([real, Real.from(words), Real.from(other)]);
        expect(Buffer.from(joined).indexOf(words)).toBe(joined.indexOf(words));
        expect(Buffer.from(joined).includes(at)).toBe(joined.includes(at));
        expect(own.subarray(2, 5)).toBeInstanceOf(Buffer);
      }),
    );
  });
});

describe('digests', () => {
  it('are those of Node', () => {
    fc.assert(
      fc.property(bytes, text, (data, words) => {
        for (const name of ['sha256', 'sha1', 'md5']) {
          const real = createHash(name).update(words).update(data).digest('hex');
          expect(hashed(name).update(words).update(data).digest('hex')).toBe(real);
        }
        const real = createHmac('sha256', data).update(words).digest('base64');
        expect(keyed('sha256', data).update(words).digest('base64')).toBe(real);
      }),
    );
  });
});

describe('gzip', () => {
  it('is what Node unpacks', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect([...gunzipSync(gzipSync(data))]).toEqual([...data]);
      }),
    );
  });
});
