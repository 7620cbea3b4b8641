import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import {
  type CompiledRule,
  compileRule,
  defaultMappings,
  parseSigmaFile,
  type RuleEnvironment,
} from '../../../src/rules/sigma/index.ts';
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
    filters: documents.filter((document) => document.kind === 'filter'),
    report: (diagnostic) => diagnostics.push(diagnostic),
  };
  const rules = documents.flatMap((document) =>
    document.kind === 'rule' ? compileRule(document, environment) : [],
  );
  return { rules, diagnostics };
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
  it.each(['any', 'all', '[]', '[whoami]', '[11111111-1111-4111-8111-111111111111]', 'whoami'])(
    'rules: %s',
    (rules) => {
      const [compiled] = compile(rule, filter(rules)).rules;
      expect(compiled?.detection.matches(view(row))).toBe(false);
      expect(compiled?.detection.matches(view(other))).toBe(true);
    },
  );

  it('only those they name, of their log source', () => {
    for (const text of [
      filter('[another]'),
      filter('any', 'category: file_event'),
      filter('any', 'product: linux'),
    ]) {
      const [compiled] = compile(rule, text).rules;
      expect(compiled?.detection.matches(view(row))).toBe(true);
    }
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
