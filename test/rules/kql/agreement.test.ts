import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';
import { converted } from './convert-one.ts';

/** Pieces of values: what KQL, YAML, Sigma and regular expressions give a meaning to, letters with two cases, and letters that look like others. */
const piece = fc.constantFrom(
  'a', 'A', 'b', 'cmd', '.exe', '\\', '/', ' ', '"', "'", '*', '?', '$', '(', ')', '[', ']', '{', '}', '|', '^', '+', '.', '-', '\n',
  '\r', '\t', '\0', '\u2028', '\u202e', '\u0085', 'é', 'É', 'σ', 'ς', 'ß', 'ı', 'İ', '中', '😀', '\u{10400}', '\u{10428}', '%', '@', '#', '//', '1', '0', ':',
); // biome-ignore format: one list
const text = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));

/** A text with the letter case of some letters changed, and something around it. */
function near(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .record({
      of: fc.constantFrom('', ...texts),
      before: fc.option(piece, { nil: '' }),
      after: fc.option(piece, { nil: '' }),
      as: fc.constantFrom('same', 'upper', 'lower'),
    })
    .map(({ of, before, after, as }) => {
      const spelt = as === 'same' ? of : [...of].map((one) => changed(one, as)).join('');
      return before + spelt + after;
    });
}

/** A character in another letter case, if that is one character too. */
function changed(character: string, as: 'upper' | 'lower'): string {
  const other = as === 'upper' ? character.toUpperCase() : character.toLowerCase();
  return [...other].length === 1 && other.length === character.length ? other : character;
}

/** A row as Kusto has it, where an empty string, null and nothing are the same. */
function withoutEmpty(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '' && value !== null));
}

interface Setting {
  readonly logsource: string;
  readonly detection: string;
  readonly row: fc.Arbitrary<JsonObject>;
}

function agrees({ logsource, detection }: Setting, table: string, row: JsonObject): void {
  const rule = converted(logsource, detection);
  if (rule.query === undefined) return;
  const own = rule.codes.includes('kql-null') ? withoutEmpty(row) : row;
  const seen = { rule: rule.matches(table, own), query: rule.finds(table, own) };
  expect(seen, `${rule.query}\n${JSON.stringify(own)}`).toEqual({ rule: seen.rule, query: seen.rule });
}

const MODIFIERS = ['', '|contains', '|startswith', '|endswith', '|cased', '|contains|cased', '|startswith|cased', '|endswith|cased', '|windash', '|wide|base64offset|contains', '|base64', '|contains|all'] as const; // biome-ignore format: one list

describe('rule and query agree', () => {
  it('on strings, whatever is in them', () => {
    const setting = fc
      .record({
        values: fc.array(text, { minLength: 1, maxLength: 3 }),
        modifiers: fc.constantFrom(...MODIFIERS),
        isNegated: fc.boolean(),
        other: fc.option(text),
      })
      .chain(({ values, modifiers, isNegated, other }) => {
        const several = modifiers.endsWith('all') && values.length === 1 ? [...values, 'a'] : values;
        // An encoding takes no wildcards.
        const list = modifiers.includes('64')
          ? several.map((one) => one.replace(/[\\*?]/g, '\\$&'))
          : several;
        const detection = [
          `sel: ${JSON.stringify({ [`FileName${modifiers}`]: list })}`,
          `other: ${JSON.stringify({ FolderPath: other ?? 'C:\\' })}`,
          `condition: ${isNegated ? 'not sel' : 'sel'}${other === null ? '' : ' or not other'}`,
        ].join('\n');
        const value = fc.oneof({ weight: 6, arbitrary: near(list) }, fc.constant(null));
        const path = fc.option(near([other ?? 'x']), { nil: undefined });
        const row = fc.record({ FileName: value, FolderPath: path }).map(withoutAbsent);
        return fc.record({
          setting: fc.constant({
            logsource: 'product: m365defender, service: DeviceFileEvents',
            detection,
            row,
          }),
          rows: fc.array(row, { minLength: 1, maxLength: 4 }),
        });
      });
    fc.assert(
      fc.property(setting, ({ setting: one, rows }) => {
        for (const row of rows) agrees(one, 'DeviceFileEvents', row);
      }),
      { numRuns: runs(15) },
    );
  });

  it('on letters beyond ASCII in any letter case', () => {
    const logsource = 'product: m365defender, service: DeviceFileEvents';
    for (const letter of ['é', 'É', 'σ', 'ς', 'Σ', 'ß', 'ẞ', 'ı', 'İ', '中', '\u{10400}', 'ǆ', 'µ']) {
      for (const modifier of ['', '|contains', '|startswith', '|endswith', '|cased']) {
        const detection = `sel: ${JSON.stringify({ [`FileName${modifier}`]: `x${letter}y` })}\ncondition: sel`;
        const rule = converted(logsource, detection);
        for (const other of [
          'é',
          'É',
          'σ',
          'ς',
          'Σ',
          'ß',
          'ẞ',
          'SS',
          'ı',
          'İ',
          'i',
          'I',
          '\u{10428}',
          'Ǆ',
          'ǅ',
          'μ',
          letter,
        ]) {
          const row = { FileName: `X${other}Y` };
          expect(rule.finds('DeviceFileEvents', row), `${detection} ${row.FileName}`).toBe(
            rule.matches('DeviceFileEvents', row),
          );
        }
      }
    }
  });

  it('on regular expressions', () => {
    const patterns = ['a.c', '^cmd$', '\\d+', '[\\w.-]+\\.exe$', 'a|b$', '(?:a|A)\\s', '[^\\\\/]*$', '\\.', '[[:alpha:]]', '[]a]', 'x{2}', 'x{', '\\x41', '\\Qa.b\\E', '[a&&b]', '[+--]', '\\bcmd\\b', '$', '^', 'é', '\\p{Lu}', '^\\p{^Lu}', '[\\P{^Lu}]', '(?i)É', '\\<a\\>', 'a$?b', '\\S']; // biome-ignore format: one list
    const value = fc.array(
      fc.oneof(
        piece,
        fc.constantFrom('xx', 'A', 'cmd', 'cmd\n', 'a.b', '.exe\n', '<a>', '&', ',', '_', 'x{'),
      ),
      { maxLength: 5 },
    );
    const setting = fc.record({
      pattern: fc.constantFrom(...patterns),
      flags: fc.constantFrom('', '|i', '|m', '|s', '|i|m|s'),
      isNegated: fc.boolean(),
      values: fc.array(fc.option(value.map((pieces) => pieces.join(''))), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(setting, ({ pattern, flags, isNegated, values }) => {
        const detection = `sel: ${JSON.stringify({ [`FileName|re${flags}`]: pattern })}\nx: { FolderPath: x }\ncondition: ${isNegated ? 'not sel or x' : 'sel'}`;
        const logsource = 'product: m365defender, service: DeviceFileEvents';
        for (const FileName of values) {
          agrees({ logsource, detection, row: fc.constant({}) }, 'DeviceFileEvents', { FileName });
        }
      }),
      { numRuns: runs(15) },
    );
  });

  it('on numbers, booleans, times, addresses and members of JSON', () => {
    const part = fc
      .constantFrom(
        { key: 'RemotePort', values: ['443', '"0443"', '80', 'null'] },
        { key: 'RemotePort|contains', values: ['44', '8'] },
        { key: 'RemotePort|gte', values: ['443', '-1', '1.5'] },
        { key: 'RemotePort|lt', values: ['444'] },
        { key: 'RemotePort|re', values: ['"^4+3$"'] },
        { key: 'RemoteIP', values: ['10.1.2.3', '"::ffff:10.1.2.3"', '"FE80::1"', 'x'] },
        { key: 'RemoteIP|startswith', values: ['10.1.', '"10."'] },
        {
          key: 'RemoteIP|cidr',
          values: ['10.0.0.0/8', 'fe80::/10', '"::/0"', '0.0.0.0/0', '"::ffff:10.0.0.0/104"'],
        },
        { key: 'Timestamp|hour|gte', values: ['12'] },
        { key: 'Timestamp|week', values: ['1', '53'] },
        { key: 'AdditionalFields.Name', values: ['x', '"5"', 'null', '"true"'] },
        { key: 'AdditionalFields.Inner.Port|gt', values: ['5'] },
        { key: 'AdditionalFields.Name|contains', values: ['x'] },
        { key: 'RemoteIP|exists', values: ['true', 'false'] },
        { key: 'RemoteUrl|fieldref', values: ['DeviceName'] },
        { key: 'RemoteUrl|fieldref|endswith', values: ['DeviceName'] },
      )
      .chain(({ key, values }) =>
        fc.constantFrom(...values).map((value) => `${JSON.stringify(key)}: ${value}`),
      );
    const inner: fc.Arbitrary<JsonValue> = fc.oneof(
      fc.constantFrom<JsonValue>('x', 'X', 'axb', '5', 5, 6, true, false, null),
      fc.constantFrom<JsonValue>('', 'y'),
    );
    const row = fc
      .record({
        RemotePort: fc.constantFrom<JsonValue | undefined>(443, 80, 44, 0, -1, null, undefined),
        RemoteIP: fc.constantFrom<JsonValue | undefined>(
          '10.1.2.3',
          '::ffff:10.1.2.3',
          '11.1.2.3',
          'fe80::1',
          'fe81::1',
          '2001:db8::1',
          '',
          null,
          undefined,
          'x',
        ),
        Timestamp: fc.constantFrom<JsonValue | undefined>(
          '2026-01-01T12:00:00.1234567Z',
          '2026-12-28T11:59:59Z',
          null,
          undefined,
        ),
        RemoteUrl: fc.constantFrom<JsonValue | undefined>('a.host', 'host', 'HOST', null, undefined),
        DeviceName: fc.constantFrom<JsonValue | undefined>('host', 'Host', null, undefined),
        AdditionalFields: fc.oneof(
          fc.record({ Name: inner, Inner: fc.record({ Port: inner }) }).map((value) => JSON.stringify(value)),
          fc
            .record({ Inner: fc.record({ Port: inner }).map((value) => JSON.stringify(value)) })
            .map((value) => JSON.stringify(value)),
          fc.constantFrom(null, '', 'no json', '[1]'),
        ),
      })
      .map(withoutAbsent);
    const setting = fc.record({
      parts: fc.array(part, { minLength: 1, maxLength: 2 }),
      isNegated: fc.boolean(),
      rows: fc.array(row, { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(setting, ({ parts, isNegated, rows }) => {
        const named = parts.map((one, at) => `p${at}: { ${one} }`).join('\n');
        const names = parts.map((_, at) => `p${at}`);
        const condition = isNegated ? `not (${names.join(' or ')})` : names.join(' or ');
        const detection = `${named}\ncondition: ${condition}`;
        const logsource = 'product: m365defender, service: DeviceNetworkEvents';
        for (const one of rows) agrees({ logsource, detection, row }, 'DeviceNetworkEvents', one);
      }),
      { numRuns: runs(20) },
    );
  });
});

/** A row without the columns that are undefined. */
function withoutAbsent(row: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const held = Object.entries(row).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(held);
}
