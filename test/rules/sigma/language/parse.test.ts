import { describe, expect, it } from 'vitest';
import {
  type ParsedSigmaFile,
  parseSigmaFile,
  type SigmaDocument,
} from '../../../../src/rules/sigma/index.ts';
import { expectTheVoice } from '../../../diagnostics/expect-voice.ts';
import { underlined } from '../support.ts';

const whoami = `title: Whoami Execution
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
description: Detects a whoami.exe execution
references:
      - https://speakerdeck.com/heirhabarov/hunting-for-privilege-escalation-in-windows-environment
author: Florian Roth
date: 2019-10-23
tags:
    - attack.discovery
    - attack.t1033
logsource:
    category: process_creation
    product: windows
    definition: anything
detection:
    selection:
        Image: 'C:\\Windows\\System32\\whoami.exe'
    condition: selection
falsepositives: Unknown
level: high
custom_field: is allowed
`;

function parse(text: string): ParsedSigmaFile {
  return parseSigmaFile({ path: 'detections/rule.yml', text });
}

/** Code and token of everything that is wrong. */
function wrong(text: string): string[][] {
  const { diagnostics } = parse(text);
  expectTheVoice(diagnostics);
  return diagnostics.map((diagnostic) => [diagnostic.code, underlined(text, diagnostic)]);
}

function only(text: string): SigmaDocument {
  const { documents, diagnostics } = parse(text);
  const [document] = documents;
  if (!document || documents.length !== 1) throw new Error(JSON.stringify(diagnostics));
  return document;
}

describe('rules', () => {
  it('reads the example of the specification', () => {
    const rule = only(whoami);
    expect(rule).toMatchObject({
      kind: 'rule',
      file: 'detections/rule.yml',
      title: 'Whoami Execution',
      id: '929a690e-bef0-4204-a928-ef5e620d6fcc',
      author: 'Florian Roth',
      date: '2019-10-23',
      level: 'high',
      tags: ['attack.discovery', 'attack.t1033'],
      falsepositives: ['Unknown'],
      logsource: { category: 'process_creation', product: 'windows' },
      span: { line: 1, column: 8, length: 16 },
    });
    expect(parse(whoami).diagnostics).toEqual([]);
  });

  it('reads many documents, also with CRLF, a BOM and empty documents between', () => {
    const text = `\uFEFF---\n${whoami}---\n---\n${whoami}...\n`.replaceAll('\n', '\r\n');
    const { documents, diagnostics } = parse(text);
    expect(diagnostics).toEqual([]);
    expect(documents).toHaveLength(2);
    expect(documents[1]?.span.line).toBeGreaterThan(20);
  });

  it('keeps the good documents beside a bad one', () => {
    const { documents, diagnostics } = parse(`${whoami}---\ntitle: x\n`);
    expect(documents).toHaveLength(1);
    expect(diagnostics.map(({ message }) => message)).toContain('"logsource" is missing');
  });

  it.each([
    ['title: Whoami Execution', 'title:', 'wrong-type', 'title'],
    ['level: high', 'level: hihg', 'not-allowed', 'hihg'],
    ['author: Florian Roth', 'author: [a]', 'wrong-type', '[a]'],
    ['author: Florian Roth', 'action: global', 'unsupported-action', 'action'],
    ['author: Florian Roth', 'taxonomy: ecs', 'unsupported-taxonomy', 'ecs'],
    ['author: Florian Roth', 'sigma-version: 3', 'unsupported-version', '3'],
    ['author: Florian Roth', 'sigma-version: 3.0.1', 'unsupported-version', '3.0.1'],
    ['author: Florian Roth', 'sigma-version: new', 'bad-format', 'new'],
    ['author: Florian Roth', "author: 'x", 'yaml-syntax', undefined],
    ['author: Florian Roth', 'title: again', 'duplicate-key', 'title'],
    ['    - attack.discovery', '    - &x attack.discovery\n    - *x', 'unsupported-alias', '*x'],
    ['    category: process_creation\n    product: windows\n', '', 'bad-format', 'definition'],
    ['    condition: selection', '', undefined, undefined],
  ])('%s -> %s', (from, to, code, token) => {
    const text = whoami.replace(from, to);
    const found = wrong(text);
    if (code === undefined) {
      // Detections are checked when they are compiled.
      expect(found).toEqual([]);
      return;
    }
    expect(found[0]?.[0]).toBe(code);
    if (token !== undefined) expect(found[0]?.[1]).toBe(token);
    expect(parse(text).documents).toEqual([]);
  });

  it.each([
    ['level: high', 'levle: high', 'levle', 'level'],
    ['level: high', 'Level: high', 'Level', 'level'],
    ['falsepositives:', 'falsepositive:', 'falsepositive', 'falsepositives'],
    ['    product: windows', '    prodcut: windows', 'prodcut', 'product'],
    ['    definition: anything', '    definiton: anything', 'definiton', 'definition'],
  ])('%s -> %s is a warning that names the right key', (from, to, key, meant) => {
    const text = whoami.replace(from, to);
    const { documents, diagnostics } = parse(text);
    expect(diagnostics).toMatchObject([
      { severity: 'warning', code: 'unknown-key', hint: `did you mean "${meant}"?` },
    ]);
    expect(diagnostics[0]?.message).toMatch(`unknown key "${key}"`);
    expect(wrong(text)).toEqual([['unknown-key', key]]);
    expect(documents).toHaveLength(1);
  });

  it.each([
    'x_team: soc',
    'runbook: https://wiki',
    'ticket: 12',
    'score: 7',
    'scope: [server]',
    'severity_note: low',
    'custom: { levle: 1 }',
  ])('the custom key in "%s" is legal', (line) => {
    expect(wrong(`${whoami}${line}\n`)).toEqual([]);
    expect(parse(`${whoami}${line}\n`).documents).toHaveLength(1);
  });

  it('a wrong status or a long title is a warning', () => {
    expect(wrong(whoami.replace('author: Florian Roth', 'status: old'))).toEqual([['not-allowed', 'old']]);
    expect(wrong(whoami.replace('Whoami Execution', 'x'.repeat(300)))[0]?.[0]).toBe('out-of-range');
  });

  it('files that are not rules', () => {
    expect(wrong('')[0]?.[0]).toBe('empty-file');
    expect(wrong('# nothing\n')[0]?.[0]).toBe('empty-file');
    expect(wrong('- a\n- b\n')[0]?.[0]).toBe('wrong-type');
    expect(wrong('just text')[0]?.[0]).toBe('wrong-type');
    expect(wrong('title: [')[0]?.[0]).toBe('yaml-syntax');
    expect(wrong('title: A rule without a detection\nlogsource: { category: x }')[0]?.[0]).toBe(
      'missing-key',
    );
    expect(parse('x'.repeat(5_000_000)).diagnostics[0]?.code).toBe('too-large');
    expect(parse(`title: ${'['.repeat(50_000)}`).diagnostics[0]?.code).toBe('too-deep');
  });

  it('an alias bomb ends quickly', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`,
    );
    expect(parse(`${bomb.join('\n')}\n${whoami}`).documents).toEqual([]);
  });
});

describe('filters', () => {
  const filter = `title: Filter Administrator account
description: The valid administrator account start with adm_
logsource:
    category: process_creation
    product: windows
filter:
    rules:
        - 6f3e2987-db24-4c78-a860-b4f4095a7095 # Data Compressed - rar.exe
        - df0841c0-9846-4e9f-ad8a-7df91571771b # Login on jump host
    selection:
        User|startswith: 'adm_'
    condition: selection
`;

  it('reads the example of the specification', () => {
    expect(only(filter)).toMatchObject({
      kind: 'filter',
      rules: ['6f3e2987-db24-4c78-a860-b4f4095a7095', 'df0841c0-9846-4e9f-ad8a-7df91571771b'],
    });
  });

  it('rules: any', () => {
    expect(only(filter.replace(/rules:.*?selection/s, 'rules: any\n    selection'))).toMatchObject({
      rules: 'any',
    });
    expect(wrong(filter.replace(/rules:.*?selection/s, 'selection'))).toEqual([['missing-key', 'filter']]);
  });
});

describe('correlations', () => {
  const correlation = `title: Many failed logins
id: 0e95725d-7320-415d-80f7-004da920fc11
correlation:
    type: event_count
    rules:
        - 5638f7c0-ac70-491d-8465-2a65075e0d86
    group-by:
        - ComputerName
    timespan: 1h
    condition:
        gte: 100
`;

  it('reads the examples of the specification', () => {
    expect(only(correlation)).toMatchObject({
      kind: 'correlation',
      type: 'event_count',
      rules: ['5638f7c0-ac70-491d-8465-2a65075e0d86'],
      groupBy: ['ComputerName'],
      timespan: 3_600_000,
      condition: { fields: [], bounds: [{ op: 'gte', value: 100 }] },
      generate: false,
    });
    const values = correlation
      .replace('event_count', 'value_count')
      .replace('gte: 100', 'field: User\n        gte: 100');
    expect(only(values)).toMatchObject({ type: 'value_count', condition: { fields: ['User'] } });
    const range = correlation.replace('gte: 100', 'gt: 100\n        lte: 200');
    expect(only(range)).toMatchObject({
      condition: {
        bounds: [
          { op: 'gt', value: 100 },
          { op: 'lte', value: 200 },
        ],
      },
    });
    const temporal = `title: t
correlation:
    type: temporal
    rules:
        - internal_error
        - new_network_connection
    group-by:
        - internal_ip
        - remote_ip
    timespan: 10s
    aliases:
        internal_ip:
            internal_error: destination.ip
            new_network_connection: source.ip
        remote_ip:
            internal_error: source.ip
            new_network_connection: destination.ip
`;
    expect(only(temporal)).toMatchObject({
      timespan: 10_000,
      condition: { bounds: [{ op: 'gte', value: 2 }] },
      aliases: { internal_ip: { internal_error: 'destination.ip', new_network_connection: 'source.ip' } },
    });
  });

  it.each([
    ['event_count', 'value_mode', 'not-allowed'],
    ['event_count', 'value_count', 'missing-key'],
    ['event_count', 'value_sum', 'missing-key'],
    ['event_count', 'value_percentile', 'missing-key'],
    ['gte: 100', 'gte: 100\n        percentile: 5', 'unknown-key'],
    ['gte: 100', 'gte: 1.5', 'out-of-range'],
    ['timespan: 1h', 'timespan: 1w', 'bad-format'],
    ['timespan: 1h', 'timespan: 30d', 'bad-format'],
    ['timespan: 1h', 'timespam: 1h', 'unknown-key'],
    ['gte: 100', 'gte: many', 'wrong-type'],
    ['gte: 100', 'atleast: 100', 'unknown-key'],
    ['gte: 100', 'lt: 5', 'unsupported-correlation'],
    ['gte: 100', 'gt: 2\n        lt: 3', 'bad-condition'],
    ['gte: 100', 'field: x\n        gte: 1', 'bad-condition'],
    ['        - 5638f7c0-ac70-491d-8465-2a65075e0d86\n', '', 'wrong-type'],
  ])('%s -> %s', (from, to, code) => {
    expect(wrong(correlation.replace(from, to))[0]?.[0]).toBe(code);
  });

  it.each([
    [
      'value_sum',
      '{ field: FileSize, gte: 1.5 }',
      { bounds: [{ op: 'gte', value: 1.5 }], fields: ['FileSize'] },
    ],
    ['value_avg', '{ field: FileSize, lt: -3 }', { bounds: [{ op: 'lt', value: -3 }] }],
    ['value_avg', '{ field: FileSize, gt: 2, lt: 3, neq: 2.5 }', {}],
    ['value_sum', '{ field: FileSize, gte: 5, lte: 5, eq: 5 }', {}],
    ['value_percentile', '{ field: FileSize, percentile: 95, gt: 10 }', { percentile: 95 }],
  ])('%s %s', (type, condition, expected) => {
    const text = correlation.replace('event_count', type).replace('\n        gte: 100', ` ${condition}`);
    expect(only(text)).toMatchObject({ type, condition: expected });
  });

  it.each([
    ['value_sum', '{ field: FileSize, lt: 3 }', 'unsupported-correlation'],
    ['value_sum', '{ field: [A, B], gt: 3 }', 'out-of-range'],
    ['value_sum', '{ field: A, gt: much }', 'wrong-type'],
    ['value_sum', '{ field: A, gt: .inf }', 'out-of-range'],
    ['value_sum', '{ field: A }', 'bad-condition'],
    ['value_avg', '{ field: A, gte: 10, lte: 5 }', 'bad-condition'],
    ['value_avg', '{ field: A, gt: 5, lte: 5 }', 'bad-condition'],
    ['value_avg', '{ field: A, eq: 5, neq: 5 }', 'bad-condition'],
    ['value_avg', '{ field: A, eq: 5, lt: 5 }', 'bad-condition'],
    ['value_avg', '{ gt: 3 }', 'missing-key'],
    ['value_avg', '{ field: A, gt: 3, percentile: 5 }', 'unknown-key'],
    ['value_percentile', '{ field: A, gt: 3 }', 'missing-key'],
    ['value_percentile', '{ field: A, gt: 3, percentile: 101 }', 'out-of-range'],
    ['value_percentile', '{ field: A, gt: 3, percentile: high }', 'wrong-type'],
  ])('%s %s is a mistake', (type, condition, code) => {
    const text = correlation.replace('event_count', type).replace('\n        gte: 100', ` ${condition}`);
    expect(wrong(text)[0]?.[0]).toBe(code);
  });
});
