/** The examples of docs/rules.md that name a file below `transforms/` compile together, chapter by chapter, and their tests pass. */
import { describe, expect, it } from 'vitest';
import { assumedContext } from '../../src/rules/assumed-context.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { runTest } from '../../src/rules/testing/run.ts';
import { chaptersOf } from './documented-files.ts';

const FOLDER = 'transforms/';
const chapters = chaptersOf('docs/rules.md').flatMap(({ title, files }) => {
  const ours = files.filter(({ path }) => path.startsWith(FOLDER));
  return ours.length === 0
    ? []
    : [{ title, files: ours.map(({ path, text }) => ({ path: path.slice(FOLDER.length), text })) }];
});
/** Before any exception of the page ends. */
const context = (files: readonly RuleFile[]) => ({
  ...assumedContext(files),
  now: () => Date.parse('2026-01-01'),
});

describe('docs/rules.md', () => {
  it('has examples', () => {
    expect(chapters.map(({ title }) => title)).toContain('Exceptions');
  });

  it.each(chapters)('$title: the examples are right, and their tests pass', ({ files }) => {
    const { program, diagnostics } = compileProgram(files, context(files));
    expect(diagnostics).toEqual([]);
    const { tests, diagnostics: mistakes } = collectTests(files, context(files), program);
    expect(mistakes).toEqual([]);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.map((test) => [test.title, program && runTest(program, test)])).toEqual(
      tests.map(({ title }) => [title, []]),
    );
  });
});
