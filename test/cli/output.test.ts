import { PassThrough } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { useColor } from '../../src/cli/output.ts';

const streamOf = (isTTY: boolean) =>
  Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream;

it.each([
  ['a terminal', true, {}, true],
  ['a pipe', false, {}, false],
  ['a pipe in CI', false, { CI: 'true' }, false],
  ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['a pipe with FORCE_COLOR=0', false, { FORCE_COLOR: '0' }, false],
  ['a terminal with NO_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['a terminal without escape codes', true, { TERM: 'dumb' }, false],
] as const)('colours %s as asked', (_, isTTY, variables, is) => {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = { TERM: 'xterm', ...variables } as Record<string, string>;
  for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR, TERM, CI })) vi.stubEnv(name, value);
  expect(useColor(streamOf(isTTY))).toBe(is);
});
