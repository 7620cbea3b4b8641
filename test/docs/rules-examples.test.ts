/** The examples of docs/rules.md that name a file below `transforms/` compile together, section by section, and their tests pass. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assumedContext } from '../../src/rules/assumed-context.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { runTest } from '../../src/rules/testing/run.ts';

interface Section {
  readonly title: string;
  readonly files: readonly RuleFile[];
}

/** The code blocks that begin with `# transforms/<path>`, by section. */
function sectionsOf(page: string): readonly Section[] {
  return page.split(/^## /m).flatMap((section): readonly Section[] => {
    const blocks = section.matchAll(/^```\w*\n# transforms\/(\S+)\n([\s\S]*?)^```$/gm);
    const files = [...blocks].map(([, path = '', text = '']) => ({ path, text }));
    return files.length > 0 ? [{ title: section.split('\n', 1)[0] ?? '', files }] : [];
  });
}

const sections = sectionsOf(readFileSync('docs/rules.md', 'utf8'));
/** Before any exception of the page ends. */
const context = (files: readonly RuleFile[]) => ({
  ...assumedContext(files),
  now: () => Date.parse('2026-01-01'),
});

describe('docs/rules.md', () => {
  it('has examples', () => {
    expect(sections.map(({ title }) => title)).toContain('Exceptions');
  });

  it.each(sections)('$title: the examples are right, and their tests pass', ({ files }) => {
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
