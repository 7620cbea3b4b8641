/** The command lines of the documentation: each names a command, its options and its arguments as they are. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demo } from '../../demo/command.ts';
import { createProgram } from '../../src/cli/program.ts';
import { captured } from '../cli/captured.ts';
import { allPages } from './documented-files.ts';

const pages = allPages();

/** What follows `xdr-relay` in the shell blocks of a page. */
function linesOf(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^ *```(?:sh|bash|console)\n([\s\S]*?)^ *```$/gm)].flatMap(
    ([, block = '']) =>
      block
        .replace(/\\\n\s*/g, ' ')
        .split('\n')
        .flatMap((line) => {
          const [, rest] = /^(?:\s*\$ )?\s*(?:npx )?xdr-relay\b(.*)$/.exec(line) ?? [];
          return rest === undefined || rest.trim() === '--version' ? [] : [rest];
        }),
  );
}

/** The words of a command line up to a comment, a pipe or a redirection. */
function wordsOf(line: string): readonly string[] {
  const plain = line.replace(/\$\([^)]*\)/g, 'X');
  const command = /^(?:'[^']*'|"[^"]*"|[^'"#|>&;])*/.exec(plain)?.[0] ?? '';
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/['"]/g, ''));
}

/** Throws what Commander throws. */
function parseOnly(words: readonly string[]): void {
  createProgram(captured(), async () => {}, [demo]).parse([...words], { from: 'user' });
}

const lines = pages.flatMap((page) => linesOf(page).map((line) => ({ page, line: line.trim() })));

describe('command lines in the documentation', () => {
  it('are found', () => {
    expect(lines.length).toBeGreaterThan(50);
  });

  it.each(lines)('$page: xdr-relay $line', ({ line }) => {
    expect(() => parseOnly(wordsOf(line))).not.toThrow();
  });
});
