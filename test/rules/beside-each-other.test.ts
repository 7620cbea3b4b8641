/** What is doubtful in rules beside each other, and what a rule leaves unsaid. */
import { describe, expect, it } from 'vitest';
import { expectTheVoice } from '../diagnostics/expect-voice.ts';
import { compile } from './helpers.ts';

interface Given {
  readonly title?: string;
  readonly level?: string;
  readonly name?: string;
  readonly logsource?: string;
}

function rule({
  title = 'A',
  level = 'low',
  name,
  logsource = '{ category: process_creation }',
}: Given = {}): string {
  return [
    `title: ${title}`,
    ...(level === '' ? [] : [`level: ${level}`]),
    ...(name === undefined ? [] : [`name: ${name}`]),
    `logsource: ${logsource}`,
    "detection: { s: { Image|endswith: '\\a.exe' }, condition: s }",
    '',
  ].join('\n');
}

const correlation = (rest = '') =>
  `title: C\nlevel: low\n${rest}correlation:\n  type: event_count\n  rules: watched\n  group-by: DeviceName\n  timespan: 5m\n  condition: { gte: 2 }\n`;

function told(...texts: readonly string[]): readonly string[] {
  const files = Object.fromEntries(texts.map((text, index) => [`detections/${index}.yml`, text]));
  const result = compile(files);
  expectTheVoice(result.diagnostics);
  return result.told;
}

describe('a rule without a level', () => {
  const warning = (file: number) =>
    `detections/${file}.yml:1:8+1 warning no-level: the rule has no level: its alerts go where those of level "medium" go (write "level: medium", or what it is)`;

  it('is told, and taken for medium', () => {
    expect(told(rule({ level: '' }))).toEqual([warning(0)]);
    expect(told(rule({ level: "''" }))).toEqual([expect.stringContaining('error not-allowed')]);
    expect(told(rule({ level: '# none' }))).toEqual([warning(0)]);
    expect(told(correlation().replace('level: low\n', ''), rule({ name: 'watched' }))).toEqual([warning(0)]);
  });

  it('needs none where it raises no alert of its own', () => {
    const silent = rule({ level: '', name: 'watched' });
    expect(told(silent, correlation())).toEqual([]);
    expect(told(silent, correlation('generate: true\n'))).toEqual([warning(0)]);
  });

  it('is no filter', () => {
    const filter =
      'title: F\nlogsource: { category: process_creation }\nfilter: { rules: any, s: { User: x }, condition: not s }\n';
    expect(told(rule(), filter)).toEqual([]);
  });
});

describe('two rules of one title', () => {
  it('are told at the second', () => {
    expect(told(rule(), rule({ title: 'a' }), rule({ title: 'B' }))).toEqual([
      'detections/1.yml:1:8+1 warning duplicate-title: another rule has the title "a" (detections/0.yml:1) (say in the title in what the two differ)',
    ]);
  });
});

describe('a misspelt log source', () => {
  it('is told where the rule runs all the same', () => {
    expect(told(rule({ logsource: '{ category: process_creation, product: windos }' }))).toEqual([
      'detections/0.yml:3:51+6 warning unknown-logsource: no product "windos" is known (did you mean "windows"?)',
    ]);
    expect(told(rule({ logsource: '{ category: process_creation, service: sysmn }' }))[0]).toContain(
      'did you mean "sysmon"',
    );
  });

  it('is the hint where it cannot run', () => {
    for (const [logsource, hint] of [
      ['{ category: proces_creation, product: windows }', 'did you mean "process_creation"?'],
      [
        '{ category: device_proces_events, product: m365defender }',
        'did you mean "device_process_events" or "DeviceProcessEvents"?',
      ],
      ['{ service: process_creation, product: windows }', '"process_creation" is a category'],
      ['{ category: process_terminaton }', 'did you mean "process_termination"?'],
      ['{ category: quite_another_thing }', 'a mapping file in transforms/mappings can say which one does'],
    ] as const) {
      expect(told(rule({ logsource }))).toEqual([expect.stringContaining(`(${hint})`)]);
    }
  });

  it('is told of a table as of one in a table file', () => {
    const found = told(rule({ logsource: '{ category: DeviceProcesEvents, product: m365defender }' }));
    expect(found).toEqual([
      expect.stringContaining('warning unknown-table: no table "DeviceProcesEvents" is known'),
    ]);
  });

  it('is told of a filter, which narrows nothing then', () => {
    const filter =
      'title: F\nlogsource: { category: proces_creation }\nfilter: { rules: any, s: { User: x }, condition: not s }\n';
    expect(told(rule(), filter)).toEqual([
      'detections/1.yml:3:18+3 warning unused-filter: no rule is of the log source of "F": it narrows nothing',
      'detections/1.yml:2:24+15 warning unknown-logsource: no category "proces_creation" is known (did you mean "process_creation"?)',
    ]);
  });

  it('is none that a mapping file has', () => {
    const mapping =
      'mappings:\n  - logsource: { category: proces_creation }\n    tables: [{ table: DeviceProcessEvents, fields: { Image: FolderPath } }]\n';
    const own = rule({ logsource: '{ category: proces_creation }' });
    expect(compile({ 'detections/a.yml': own, 'mappings/a.yaml': mapping }).told).toEqual([]);
  });
});

describe('what is found more than once', () => {
  it('is told once', () => {
    const filter =
      'title: F\nlogsource: { category: process_creation }\nfilter: { rules: any, s: { Image: a.exe }, condition: not s }\n';
    expect(told(rule({ title: 'A' }), rule({ title: 'B' }), filter)).toEqual([
      expect.stringContaining('detections/2.yml:3:35+5 warning never-matches'),
    ]);
  });
});
