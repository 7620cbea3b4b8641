/** The quick reader of plain YAML against the parser: what it reads is what the parser reads, places included. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { readPlainYaml } from '../../../src/diagnostics/yaml/plain.ts';
import { loadRuleFiles } from '../../../src/hosts/node/rule-files.ts';
import { runs } from '../../support/runs.ts';

/** All that is read of nodes. */
function shape(node: unknown): unknown {
  if (isMap(node)) {
    const items = node.items.map(({ key, value }) => [shape(key), shape(value)]);
    return { map: items, range: node.range?.slice(0, 2), isFlow: node.flow === true };
  }
  if (isSeq(node))
    return { list: node.items.map(shape), range: node.range?.slice(0, 2), isFlow: node.flow === true };
  if (!isScalar(node)) return typeof node;
  const { value, type, source, format, anchor, tag, range } = node;
  return { value, type, source, format, anchor, tag, range: range?.slice(0, 2) };
}

/** Undefined where the parser finds a mistake, or not just one document. */
function parsed(text: string): unknown {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || second || document.errors.length + document.warnings.length > 0) return undefined;
  return shape(document.contents);
}

/** Whether the text was read the quick way, and then as the parser reads it. */
function isRead(text: string): boolean {
  const document = readPlainYaml(text);
  if (!document) return false;
  expect([text, shape(document.contents)]).toEqual([text, parsed(text)]);
  return true;
}

const RULE = `# A comment
title: Proxy Execution Via Binary # behind a value
id: 0a1b2c3d-0000-4000-8000-000000000000
references:
    - https://example.org/a#b
    - 'C:\\it''s\\here'   # quoted

date: 2026-11-01
tags:
- attack.execution
- "attack.t1059"
detection:
    selection:
        - Image|endswith: '\\cmd.exe'
          EventID: 1
        - Command|contains:
              - ' -enc '
              - a plain, one
    filter: # below
        Level: 0x10
        Ratio: 1.50
        Flag: true
        Nothing: ~
    condition: selection and not 1 of filter*
description: |
    Two lines,

      the second further in: yes
    - and no list
note: >-
    one paragraph
    in two lines
short: |-
    one line
keywords:
    '|all':
        - ':179'
        # - ':180'
    # the last of them
  # further out
level: high
# The table's own:
transform:
    - remove: [A, 'b c', "d"] # list
    - rename: { From: To, 'x y': 1.5, Deep: { list: [1, [two, null]], none: {}, path: C:\\x } }
    - set: {A: b,C: d}
    - keep: []
      # and so on
    # - drop: { all: true }

`;

const pieces = fc.constantFrom(
  ...[
    '#',
    ' #',
    ': ',
    ':',
    '- ',
    '-',
    "'",
    '"',
    '|',
    '>',
    '\n',
    '\n\n',
    ' ',
    '    ',
    '\\',
    '[',
    '{',
    '}',
    ',',
  ],
  ...['&a ', '*a', '!t ', '? ', '%', '@', '~', 'null', '-1', '0o7', '.inf', '.nan', '1e3', '---\n', '...\n'],
  ...[
    '\t',
    '\r',
    'é',
    '\u{1f600}',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '<<: ',
    '|-\n',
    '>-\n',
    'a: b',
    "''",
    '# x\n',
    ' # x\n',
    '        # x\n',
    '      # x\n',
  ],
  ...[
    ']',
    '[]',
    '{}',
    '[a, b]',
    '{ a: b }',
    ', ',
    ' ,',
    '["',
    "':",
    '":',
    ' ]',
    ' }',
    ',}',
    '>\n',
    '|\n',
    ':[',
    ':,',
    '[#',
    '{#',
  ],
);
/** A place of the text, how much of it is taken out there, and what is put in. */
const change = fc.tuple(fc.nat(RULE.length), fc.nat(3), fc.oneof(pieces, fc.constant('')));
const lines = fc.tuple(fc.nat(56), fc.nat(56));

describe('readPlainYaml', () => {
  it('reads a rule', () => {
    expect(isRead(RULE)).toBe(true);
  });

  it.each([
    ['an empty value', 'a:\nb: 1\n'],
    ['equal keys', 'a: 1\na: 2\n'],
    ['a value of two lines', 'a: b\n  c\n'],
    ['a mapping on several lines', 'a: { b: 1,\n  c: 2 }\n'],
    ['a list that does not end', 'a: [b\n'],
    ['a list with a mapping of one key', 'a: [b: 1]\n'],
    ['a key without a value in brackets', 'a: { b, c: 1 }\n'],
    ['equal keys in brackets', 'a: { b: 1, b: 2 }\n'],
    ['something behind brackets', 'a: [b] c\n'],
    ['paragraphs', 'a: >-\n  b\n\n  c\n'],
    ['an alias', 'a: &x 1\nb: *x\n'],
    ['an escape', 'a: "\\n"\n'],
    ['a list at the top', '- a\n'],
    ['two documents', 'a: 1\n---\nb: 1\n'],
    ['lines that end as on Windows', 'a: 1\r\nb: 2\r\n'],
    ['a key that is out of line', 'a:\n    b: 1\n  c: 2\n'],
    ['nothing', ''],
  ])('leaves %s to the parser', (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  it('reads nearly all rules that are shipped, as the parser does', async () => {
    const files = await loadRuleFiles(fileURLToPath(new URL('../../../transforms', import.meta.url)));
    const read = files.filter(({ text }) => isRead(text));
    expect(files.length).toBeGreaterThan(60);
    expect(files.length - read.length).toBeLessThan(files.length / 20);
  });

  it('reads as the parser does, or not at all, whatever is changed', () => {
    let count = 0;
    fc.assert(
      fc.property(lines, fc.array(change, { minLength: 1, maxLength: 4 }), ([from, more], changes) => {
        let text = `${RULE.split('\n')
          .slice(from, from + more)
          .join('\n')}\n`;
        if (more < 3) text = RULE;
        for (const [place, taken, put] of changes) {
          const at = place % (text.length + 1);
          text = text.slice(0, at) + put + text.slice(at + taken);
        }
        if (isRead(text)) count += 1;
      }),
      { numRuns: runs(500), interruptAfterTimeLimit: 5000, markInterruptAsFailure: false },
    );
    expect(count).toBeGreaterThan(10);
  });
});
