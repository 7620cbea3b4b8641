/** Links of the playground: everything comes back, and whatever somebody wrote into one is refused with a sentence. */

import fc from 'fast-check';
import { deflateSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { MOST_FRAGMENT, opened, shared } from '../../console/playground/engine/link.ts';
import type { PlaygroundState } from '../../console/playground/engine/messages.ts';
import { processorMs } from '../support/processor-time.ts';

const text = fc.string({ unit: 'binary', maxLength: 200 });
const states: fc.Arbitrary<PlaygroundState> = fc.record({
  files: fc
    .uniqueArray(fc.stringMatching(/^[a-z]{1,8}\/[a-z]{1,8}\.yml$/), { maxLength: 4 })
    .chain((paths) => fc.tuple(...paths.map((path) => text.map((one) => ({ path, text: one }))))),
  relay: text,
  rows: text,
  table: fc.stringMatching(/^\w{0,20}$/),
});

const fragmentOf = (value: unknown) =>
  `1.${Buffer.from(deflateSync(strToU8(JSON.stringify(value)))).toString('base64url')}`;

describe('a link', () => {
  it('brings everything back', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { fragment = '' } = shared(state, { literals: [] });
        // Halves of surrogate pairs have no bytes.
        expect(opened(fragment).state).toEqual(JSON.parse(JSON.stringify(state).toWellFormed()));
      }),
    );
  });

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(text, (fragment) => {
        expect(opened(`1.${fragment}`).state).toBeUndefined();
        expect(opened(fragment).problem).toMatch(/link/);
      }),
    );
  });

  it.each([
    ['another form', { files: [] }],
    ['more than belongs there', { files: [], relay: '', rows: '', table: '', more: 1 }],
    ['a path out of the folder', { files: [{ path: '../a.yml', text: '' }], relay: '', rows: '', table: '' }],
    ['an absolute path', { files: [{ path: '/a.yml', text: '' }], relay: '', rows: '', table: '' }],
    ['a table that is no name', { files: [], relay: '', rows: '', table: '"><script>' }],
    [
      'two files of one path',
      {
        files: [
          { path: 'a.yml', text: '' },
          { path: 'a.yml', text: '' },
        ],
        relay: '',
        rows: '',
        table: '',
      },
    ],
  ])('with %s is refused', (_what, value) => {
    expect(opened(fragmentOf(value))).toEqual({ problem: expect.stringContaining('link') });
  });

  it('that unpacks to very much is refused before it is unpacked', () => {
    const fragment = fragmentOf({ files: [], relay: '', rows: 'a'.repeat(20_000_000), table: '' });
    expect(fragment.length).toBeLessThan(MOST_FRAGMENT);
    const before = processorMs();
    expect(opened(fragment).state).toBeUndefined();
    expect(processorMs() - before).toBeLessThan(2_000);
  });

  it('leaves out the secrets of relay.yaml', () => {
    const state = { files: [], relay: 'token: abc # x', rows: '', table: '' };
    const { fragment = '', hidden } = shared(state, {
      literals: [{ from: 7, to: 10, name: 'HIDDEN_TOKEN' }],
    });
    expect(hidden).toBe(1);
    expect(opened(fragment).state?.relay).toBe(`token: "\${HIDDEN_TOKEN}" # x`);
  });
});
