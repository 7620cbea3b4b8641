import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STREAMED } from '../../scripts/schema-sources.ts';
import { formatRuleFile } from '../../src/cli/actions/rules/fmt.ts';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import { sortFiles } from '../../src/rules/folder.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { runTest } from '../../src/rules/testing/run.ts';
import { context as relay } from './helpers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = await loadRuleFiles(`${root}/transforms`);
const folder = sortFiles(files);
const compiled = compileProgram(files, relay);
const { tests, diagnostics } = collectTests(files, relay, compiled.program);

/** Takes the comment sign from what is YAML and not prose: one word and a colon. */
function withCommentsIn(file: RuleFile): RuleFile {
  const text = file.text
    .split('\n')
    .map((line) => line.replace(/^( *)# (?! *yaml-language)( *(?:- )?[\w|.]+:(?: .*)?)$/, '$1$2'))
    .join('\n');
  return { ...file, text };
}

describe('the shipped rules', () => {
  it('have no mistake and no warning', () => {
    expect([...compiled.diagnostics, ...diagnostics]).toEqual([]);
  });

  it.each(tests.map((test) => ({ name: `${test.file}: ${test.title}`, test })))('$name', ({ test }) => {
    if (!compiled.program) throw new Error('did not compile');
    expect(runTest(compiled.program, test)).toEqual([]);
  });

  it('have a file with tests for every streamed table', () => {
    expect(folder.tables.map(({ path }) => path).sort()).toEqual(
      STREAMED.map((table) => `${table}.yaml`).sort(),
    );
    const tested = new Set(tests.map(({ file }) => file));
    for (const { path } of folder.tables) expect(tested).toContain(path);
  });

  it('rename and remove no column, and send nothing to a destination by name', () => {
    for (const { path, text } of folder.tables) {
      expect(text, path).not.toMatch(/^ *- (?:remove|rename|keep|hash|redact):/m);
      expect(text, path).not.toMatch(/^routes:/m);
    }
  });

  it('stay valid with all that is commented out', () => {
    const whole = files.map((file) => (folder.tables.includes(file) ? withCommentsIn(file) : file));
    const changed = whole.filter((file, i) => file.text !== files[i]?.text);
    expect(changed.length).toBeGreaterThan(25);
    expect(compileProgram(whole, relay).diagnostics).toEqual([]);
  });

  it('have a test that raises each detection, and an ATT&CK technique in nearly all', () => {
    const raised = new Set(
      tests.flatMap(({ expect: { alerts = [] } }) => (Array.isArray(alerts) ? alerts : Object.keys(alerts))),
    );
    const { silent, correlations } = compiled.correlations;
    const rules = [
      ...compiled.compiledRules.map(({ rule }) => rule),
      ...correlations.map(({ correlation }) => correlation),
    ].filter((rule) => !silent.has(rule));
    expect(rules.length).toBeGreaterThanOrEqual(15);
    expect(correlations.length).toBeGreaterThan(0);
    for (const { title } of rules) expect(raised).toContain(title);
    const mapped = rules.filter(({ tags }) => tags.some((tag) => /^attack\.t\d{4}/.test(tag)));
    expect(mapped.length).toBeGreaterThanOrEqual(rules.length - 1);
  });

  it('are in the form that rules fmt gives', () => {
    for (const file of [...folder.tables, ...folder.tests])
      expect(formatRuleFile(file.text), file.path).toBe(file.text);
  });
});
