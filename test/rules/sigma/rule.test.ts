import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { suppresses } from '../../../src/rules/evaluate.ts';
import {
  type CompiledRule,
  compileRule,
  defaultMappings,
  parseSigmaFile,
  type RuleEnvironment,
  resolveNarrowings,
} from '../../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { schemaColumns, sources, view } from './support.ts';

const rule = `title: Whoami
name: whoami
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection:
  selection: { Image|endswith: \\whoami.exe }
  condition: selection
`;

function compile(...texts: string[]): { rules: readonly CompiledRule[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const documents = texts.flatMap((text, index) => parseSigmaFile({ path: `${index}.yml`, text }).documents);
  const environment: RuleEnvironment = {
    columnsOf: schemaColumns,
    sourcesOf: () => sources,
    variables: {},
    mappings: defaultMappings,
    report: (diagnostic) => diagnostics.push(diagnostic),
  };
  const parsed = documents.filter((document) => document.kind === 'rule');
  const filters = resolveNarrowings(
    documents.filter((document) => document.kind === 'filter'),
    parsed,
    documents.filter((document) => document.kind === 'correlation'),
  );
  diagnostics.push(...filters.flatMap((one) => one.diagnostics));
  const rules = parsed.flatMap((document) =>
    compileRule(document, {
      ...environment,
      narrowings: filters.flatMap((one) => (one.rules.has(document) ? one.narrowing : [])),
    }),
  );
  expectTheVoice(diagnostics);
  return { rules, diagnostics };
}

/** Whether a rule raises an alert of a row. */
function raises(compiled: CompiledRule | undefined, columns: JsonObject): boolean {
  const record = view(columns);
  if (!compiled?.detection.matches(record)) return false;
  return compiled.narrowings.every((one) => !suppresses(one, record));
}

const row = { FolderPath: 'C:\\whoami.exe', AccountName: 'adm_alice' };
const other = { FolderPath: 'C:\\whoami.exe', AccountName: 'bob' };

function filter(rules: string, logsource = 'category: process_creation'): string {
  return `title: Administrators
logsource: { ${logsource} }
filter:
  rules: ${rules}
  selection: { User|startswith: adm_ }
  condition: not selection
`;
}

describe('filters narrow rules', () => {
  it.each([
    'any',
    'all',
    '[]',
    '[whoami]',
    '[Whoami]',
    'Whoami',
    '[11111111-1111-4111-8111-111111111111]',
    'whoami',
  ])('rules: %s', (rules) => {
    const [compiled] = compile(rule, filter(rules)).rules;
    expect(raises(compiled, row)).toBe(false);
    expect(raises(compiled, other)).toBe(true);
  });

  it('only those they name, of their log source', () => {
    for (const text of [
      filter('[another]'),
      filter('any', 'category: file_event'),
      filter('any', 'product: linux'),
    ]) {
      const [compiled] = compile(rule, text).rules;
      expect(raises(compiled, row)).toBe(true);
    }
  });

  it('one that names no rule is an error with the nearest names', () => {
    const { diagnostics } = compile(rule, filter('[whoam, Whoami]'));
    expect(diagnostics).toMatchObject([
      {
        severity: 'error',
        file: '1.yml',
        code: 'unknown-rule',
        span: { line: 4 },
        message: 'no rule has the name, id or title "whoam"',
        hint: 'did you mean "Whoami" or "whoami"?',
      },
    ]);
    expect(compile(rule, filter('[zzz]')).diagnostics).toMatchObject([
      { hint: 'one of: Whoami, 11111111-1111-4111-8111-111111111111, whoami' },
    ]);
  });

  it('one that names a correlation is an error', () => {
    const correlation = `title: Many
correlation: { type: event_count, rules: [whoami], timespan: 1h, condition: { gte: 2 } }
`;
    expect(compile(rule, correlation, filter('[Many]')).diagnostics).toMatchObject([
      { code: 'unknown-rule', message: '"Many" is a correlation, and filters and exceptions narrow rules' },
    ]);
  });

  it('one that narrows nothing is a warning', () => {
    expect(compile(rule, filter('any', 'category: file_event')).diagnostics).toMatchObject([
      { severity: 'warning', code: 'unused-filter', file: '1.yml' },
    ]);
    expect(compile(rule, filter('[whoami]', 'product: linux')).diagnostics).toMatchObject([
      { severity: 'warning', code: 'unused-filter' },
    ]);
  });

  it('names and ids go before titles', () => {
    const other = rule
      .replace('Whoami', 'whoami')
      .replace('name: whoami', 'name: other')
      .replace('id: 1', 'id: 2');
    const { rules } = compile(rule, other, filter('[whoami]'));
    expect(rules.map((one) => raises(one, row))).toEqual([false, true]);
  });

  it('what it asks for in vain is told, and one that says nothing more is an error', () => {
    const lost = filter('any').replace('User|startswith: adm_', 'Nope: x');
    const { rules, diagnostics } = compile(rule, lost);
    expect(rules).toEqual([]);
    expect(diagnostics).toMatchObject([{ severity: 'error', file: '1.yml', code: 'unknown-column' }]);
    const half = filter('any').replace(
      '{ User|startswith: adm_ }',
      '[{ User|startswith: adm_ }, { Nope: x }]',
    );
    const narrowed = compile(rule, half);
    expect(narrowed.diagnostics).toMatchObject([{ severity: 'warning', file: '1.yml', effect: 'wider' }]);
    expect(raises(narrowed.rules[0], row)).toBe(false);
  });

  it('a mistake in a filter is shown in its own file, and the rule does not run without it', () => {
    const { rules, diagnostics } = compile(rule, filter('any').replace('not selection', 'not selektion'));
    expect(rules).toEqual([]);
    expect(diagnostics).toMatchObject([
      { file: '1.yml', code: 'unknown-part', hint: 'did you mean "selection"?' },
    ]);
  });
});

describe('mappings', () => {
  it("a user's own mapping wins over the shipped one", () => {
    const [document] = parseSigmaFile({ path: 'a.yml', text: rule }).documents;
    if (document?.kind !== 'rule') throw new Error('no rule');
    const [compiled] = compileRule(document, {
      columnsOf: () => undefined,
      sourcesOf: () => sources,
      variables: {},
      mappings: [
        ...defaultMappings,
        {
          logsource: { category: 'process_creation' },
          tables: [{ table: 'MyTable', fields: { Image: ['Path', 'OldPath'] } }],
        },
      ],
      report: () => {},
    });
    expect(compiled?.table).toBe('MyTable');
    expect(compiled?.detection.matches(view({ OldPath: 'C:\\whoami.exe' }))).toBe(true);
    expect([...(compiled?.detection.columns ?? [])]).toEqual([
      'FolderPath',
      'InitiatingProcessFolderPath',
      'OSPlatform',
      'Path',
      'OldPath',
    ]);
  });
});

describe('explain', () => {
  it('says which condition, part, field and value matched', () => {
    const [compiled] = compile(`title: T
logsource: { category: process_creation }
detection:
  sel: { Image|endswith: ['\\cmd.exe', '\\whoami.exe'] }
  filter_main: { User: bob }
  condition: sel and not 1 of filter_main*
`).rules;
    const tree = compiled?.detection.explain(view(row));
    expect(tree).toMatchObject({
      kind: 'and',
      matched: true,
      children: [
        {
          kind: 'part',
          label: 'sel',
          matched: true,
          span: { line: 4, column: 3, length: 3 },
          children: [
            {
              kind: 'field',
              label: 'Image|endswith',
              column: 'FolderPath',
              actual: 'C:\\whoami.exe',
              children: [
                { kind: 'value', label: '\\cmd.exe', matched: false },
                { kind: 'value', label: '\\whoami.exe', matched: true, span: { line: 4, length: 13 } },
              ],
            },
          ],
        },
        { kind: 'not', matched: true, children: [{ label: '1 of filter_main*', matched: false }] },
      ],
    });
    expect(compiled?.detection.matchedValues(view(row))).toEqual([
      { column: 'FolderPath', value: 'C:\\whoami.exe' },
    ]);
  });
});

it('a misspelt field of Sysmon is told its right name', () => {
  const { rules, diagnostics } = compile(rule.replace('Image|', 'Imgae|'));
  expect(rules).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: 'unknown-column', hint: 'did you mean "Image"?' }]);
});
