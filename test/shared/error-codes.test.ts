/** The list of error codes: nothing else compiles, all of them are used, and the page is current. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../lab/silent.ts';
import { errorsPage } from '../../scripts/pages/errors.ts';
import { BlobError } from '../../src/blobs/errors.ts';
import { DestinationDownError } from '../../src/delivery/errors.ts';
import { RetryableError } from '../../src/destinations/errors.ts';
import { type ErrorCode, errorCodes, isErrorCode } from '../../src/shared/error-codes.ts';
import { codeOf, foreignCodeOf, loggedError, RelayError } from '../../src/shared/errors.ts';
import { storedCode } from '../../src/shared/stored-code.ts';

const ROOT = new URL('../../', import.meta.url);
const LIST = 'src/shared/error-codes.ts';
const CODES = Object.keys(errorCodes) as ErrorCode[];

/** The product's TypeScript: the package has the demo in it too. */
const sources = ['src', 'routes', 'demo', 'lab'].flatMap((folder) =>
  readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && path !== LIST)
    .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') })),
);

describe('an error code', () => {
  it('that is not listed does not compile, wherever it is written', () => {
    const error: unknown = new BlobError('blob_gone', 'x');
    // @ts-expect-error: not in the list
    new RelayError('blob_gonee', 'x');
    // @ts-expect-error: listed, but of another room
    new BlobError('queue_unavailable', 'x');
    // @ts-expect-error: not in the list
    new RetryableError('time_out', 'x');
    // @ts-expect-error: not in the list
    new DestinationDownError('down', 'x');
    // @ts-expect-error: not in the list
    expect(codeOf(error) === 'blob_gonee').toBe(false);
    // @ts-expect-error: not ours
    expect(codeOf(error) === 'ENOENT').toBe(false);
    // @ts-expect-error: not in the list
    const seconds: Partial<Record<ErrorCode, number>> = { blob_gonee: 1 };
    expect(seconds).toBeDefined();
    // @ts-expect-error: not in the list
    silentLogger.warn('x', { code: 'blob_gonee' });
    if (error instanceof BlobError) {
      // @ts-expect-error: of another room
      expect(error.code === 'queue_unavailable').toBe(false);
    }
    silentLogger.warn('x', { code: 'blob_gone' });
    silentLogger.warn('x', loggedError(error));
  });

  it('is used', () => {
    const written = new Set(sources.flatMap(({ text }) => text.match(/(?<=')[a-z0-9_]+(?=')/g) ?? []));
    expect(CODES.filter((code) => !written.has(code))).toEqual([]);
  });

  it('is in the list where an error is made', () => {
    const made = /new \w*Error\(\s*'([a-z][a-z0-9]*(?:_[a-z0-9]+)*)'\s*,/g;
    const unknown = sources.flatMap(({ path, text }) =>
      [...text.matchAll(made)].flatMap(([, code = '']) => (isErrorCode(code) ? [] : [`${path}: ${code}`])),
    );
    expect(unknown).toEqual([]);
  });

  it('says in one sentence each what it means and what to do', () => {
    for (const code of CODES) {
      const { meaning, fix } = errorCodes[code];
      for (const text of [meaning, fix]) {
        expect([code, text]).toEqual([code, expect.stringMatching(/^(?:[A-Z`"]|relay\.yaml).*\.$/)]);
        expect([code, text]).toEqual([code, expect.not.stringMatching(/[|\n]|\.\s+[A-Z]/)]);
      }
    }
  });

  it('that another version stored is read as unexpected', () => {
    expect(storedCode.parse('blob_gone')).toBe('blob_gone');
    expect(storedCode.parse('of_next_year')).toBe('unexpected');
    expect(storedCode.parse('constructor')).toBe('unexpected');
  });
});

describe('codes of what was thrown', () => {
  it('are ours or foreign, never both', () => {
    const ours = new RelayError('timeout', 'No\n answer');
    const nodes = Object.assign(new Error('no file'), { code: 'ENOENT' });
    expect([codeOf(ours), foreignCodeOf(ours)]).toEqual(['timeout', undefined]);
    expect([codeOf(nodes), foreignCodeOf(nodes)]).toEqual([undefined, 'ENOENT']);
    expect([codeOf('text'), foreignCodeOf(undefined)]).toEqual([undefined, undefined]);
    expect(foreignCodeOf({ code: 7 })).toBeUndefined();
    expect(loggedError(ours)).toEqual({ code: 'timeout', error: 'No answer' });
    expect(loggedError(nodes)).toEqual({ code: 'ENOENT', error: 'no file' });
  });
});

describe('docs/errors.md', () => {
  it('has a place for every code', () => {
    for (const code of CODES) expect(errorsPage()).toContain(`<a id="${code}"></a>`);
  });
});
