import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, retryAfterMs, retryAfterMsInBody, secretsInUrl } from '../../src/destinations/reply.ts';

const NOW = Date.UTC(2026, 10, 23, 7, 0, 0);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    ['1.5', 1_500],
    ['Mon, 23 Nov 2026 07:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 06:00:00 GMT', 0],
    ['Monday, 23-Nov-26 07:00:10 GMT', 10_000],
    ['999999999', 86_400_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['1e9', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms);
  });

  it('is bounded whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const ms = retryAfterMs(value, NOW) ?? 0;
        expect(ms >= 0 && ms <= 86_400_000).toBe(true);
      }),
    );
  });
});

describe('a wait in a body', () => {
  it.each([
    ['{"retry_after":2,"ok":false}', 2_000],
    ['{"message":"You are being rate limited.","retry_after":64.57,"global":false}', 64_570],
    ['{"retry_after":"2"}', 2_000],
    ['{"retry_after":" 0.5 "}', 500],
    ['{"retry_after":0}', 0],
    ['{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000}', 2_000],
    ['{"retry_after":"soon","retry_after_ms":2000}', 2_000],
    ['{"retry_after":1e300}', 86_400_000],
    ['{"retry_after":1e999}', undefined],
    ['{"retry_after":-1}', undefined],
    ['{"retry_after":"-1"}', undefined],
    ['{"retry_after":null}', undefined],
    ['{"retry_after":{"a":1}}', undefined],
    ['[{"retry_after":1}]', undefined],
    ['null', undefined],
    ['retry_after: 2', undefined],
    ['{"retry_after":2', undefined],
    ['', undefined],
  ])('%s is %s ms', (body, ms) => {
    expect(retryAfterMsInBody(body)).toBe(ms);
  });

  it('is bounded whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('retry_after', 'retry_after_ms'), (value, key) => {
        const ms = retryAfterMsInBody(JSON.stringify({ [key]: value })) ?? 0;
        expect(ms >= 0 && ms <= 86_400_000).toBe(true);
      }),
    );
  });
});

describe('an excerpt of a reply', () => {
  it('is one line of bounded length without secrets', () => {
    expect(excerpt('a\r\n\tb\u0000c hunter22 d', ['hunter22'])).toBe('a b c *** d');
    expect(excerpt('x'.repeat(1_000), [])).toHaveLength(200);
  });

  it('knows what of an address may be a secret', () => {
    expect(secretsInUrl('https://h.example/hooks/abcdefgh1234?key=k%2Fv')).toEqual([
      '/hooks/abcdefgh1234?key=k%2Fv',
      'abcdefgh1234',
      'k/v',
      'k%2Fv',
    ]);
    expect(secretsInUrl('https://h.example/')).toEqual([]);
  });
});
