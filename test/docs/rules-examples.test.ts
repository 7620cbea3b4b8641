/** The examples of docs/rules.md: rule files compile together, chapter by chapter, and their tests pass; other files are read as the command reads them. */
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../src/config/load.ts';
import { databaseFile } from '../../src/databases/mmdb.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { assumedContext } from '../../src/rules/assumed-context.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import { readTargets } from '../../src/rules/coverage-targets.ts';
import { readProfile } from '../../src/rules/lint/profile.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { readExpectations } from '../../src/rules/testing/expectations.ts';
import { runTest } from '../../src/rules/testing/run.ts';
import { mmdb } from '../databases/write-mmdb.ts';
import { chaptersOf } from './documented-files.ts';

const FOLDER = 'transforms/';
/** The database of which the chapter on lists speaks. */
const CITIES: RuleFile = {
  path: 'lists/cities.mmdb',
  text: '',
  database: databaseFile(
    mmdb({
      built: Date.parse('2026-01-01') / 1000,
      networks: {
        '203.0.113.0/24': {
          country: { iso_code: 'CH' },
          subdivisions: [{ iso_code: 'ZH' }],
          location: { latitude: 47.4 },
        },
      },
    }),
  ),
};
const chapters = chaptersOf('docs/rules.md');
const ofRules = chapters.flatMap(({ title, files }) => {
  const ours = files.filter(({ path }) => path.startsWith(FOLDER));
  const rules = ours.map(({ path, text }): RuleFile => ({ path: path.slice(FOLDER.length), text }));
  if (rules.length === 0) return [];
  return [{ title, files: title === 'Lists' ? [...rules, CITIES] : rules }];
});
const others = chapters.flatMap(({ files }) => files.filter(({ path }) => !path.startsWith(FOLDER)));
/** Before any exception of the page ends. */
const context = (files: readonly RuleFile[]) => ({
  ...assumedContext(files),
  now: () => Date.parse('2026-01-01'),
});

/** What the parts of relay.yaml on the page stand in. */
const RELAY = {
  storage: { account: 'contosodefender' },
  destinations: Object.fromEntries(
    ['splunk', 'soc-slack', 'oncall'].map((name) => [
      name,
      { type: 'file', path: name, group_alerts: name !== 'splunk' },
    ]),
  ),
  default_destinations: ['splunk'],
};
const ENVIRONMENT = { TAXII_AUTHORIZATION: 'Basic dGF4aWk6dGF4aWk=' };

/** How the files beside rule files are read. Each returns what is wrong. */
const READERS: Readonly<Record<string, (file: RuleFile) => readonly unknown[]>> = {
  'relay.yaml': ({ text }) =>
    parseConfig(stringify({ ...RELAY, ...parse(text) }), 'relay.yaml', ENVIRONMENT).diagnostics,
  'lint.yaml': (file) => reported((report) => readProfile(file, report)),
  'expectations.yaml': (file) => reported((report) => readExpectations(file, report)),
  'targets.yaml': (file) => reported((report) => readTargets(file, report)),
};

function reported(read: (report: (one: Diagnostic) => void) => unknown): readonly unknown[] {
  const found: Diagnostic[] = [];
  const result = read((one) => found.push(one));
  return result === undefined ? ['nothing was read', ...found] : found;
}

describe('docs/rules.md', () => {
  it('has examples', () => {
    expect(ofRules.length).toBeGreaterThan(10);
  });

  it.each(ofRules)('$title: the examples are right, and their tests pass', ({ files }) => {
    const { program, diagnostics } = compileProgram(files, context(files));
    expect(diagnostics).toEqual([]);
    const { tests, diagnostics: mistakes } = collectTests(files, context(files), program);
    expect(mistakes).toEqual([]);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.map((test) => [test.title, program && runTest(program, test)])).toEqual(
      tests.map(({ title }) => [title, []]),
    );
  });

  it.each(others)('$path can be read', (file) => {
    expect(READERS[file.path]?.(file)).toEqual([]);
  });
});
