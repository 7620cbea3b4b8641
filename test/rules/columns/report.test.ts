import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { columnSpans } from '../../../src/blobs/rows/column-spans.ts';
import { removeStep, reportColumns } from '../../../src/rules/columns/report.ts';
import { ColumnTally } from '../../../src/rules/columns/tally.ts';
import { TimeSpan } from '../../../src/rules/columns/time-span.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { filesOf } from '../helpers.ts';
import { compiledFor, quiet } from './support.ts';

const TABLE = `table: DeviceProcessEvents
filter:
  - title: Sensor
    detection: { a: { FileName: MsSense.exe, FolderPath|contains: x, MD5|exists: true }, condition: a }
transform:
  - remove: [SHA1]
`;

function tallied(table: string, rows: readonly JsonObject[], isSent = true) {
  const tally = new ColumnTally(() => true);
  for (const properties of rows) {
    const bytes = Buffer.from(JSON.stringify({ category: `AdvancedHunting-${table}`, properties }));
    tally.add(table, columnSpans({ bytes }, {}), isSent);
  }
  return tally.tables();
}

const report = (
  files: Readonly<Record<string, string>>,
  counted: ReturnType<typeof tallied>,
  options = { days: 0.5 as number | undefined, ignoresKeywords: false },
) => reportColumns(counted, compiledFor(filesOf(files), quiet), options);

describe('the report on columns', () => {
  const rows = [
    {
      FileName: 'a',
      SHA1: 'b',
      SHA256: 'c'.repeat(64),
      LogonId: 7,
      Other: 'x',
      MD5: null,
      __UDI_RequiredFields_X: 1,
    },
  ];

  it('says what is read, removed, unread and internal, the largest first', () => {
    const { tables } = report({ 'DeviceProcessEvents.yaml': TABLE }, tallied('DeviceProcessEvents', rows));
    expect(tables[0]?.columns.map(({ name, state, isKnown }) => [name, state, isKnown])).toEqual([
      ['SHA256', 'unread', true],
      ['__UDI_RequiredFields_X', 'internal', false],
      ['FileName', 'read', true],
      ['LogonId', 'unread', true],
      ['Other', 'unread', false],
      ['MD5', 'read', true],
      ['SHA1', 'removed', true],
    ]);
  });

  it('names what rules read and rows lack, or never fill', () => {
    const { tables } = report({ 'DeviceProcessEvents.yaml': TABLE }, tallied('DeviceProcessEvents', rows));
    expect(tables[0]?.missed.map(({ column, isAlwaysEmpty }) => [column, isAlwaysEmpty])).toEqual([
      ['FolderPath', false],
      ['MD5', true],
    ]);
  });

  it('suggests a step that compiles, after which nothing is left to save', () => {
    const counted = tallied('DeviceProcessEvents', rows);
    const { tables } = report({ 'DeviceProcessEvents.yaml': TABLE }, counted);
    const saving = tables[0]?.saving;
    expect(saving).toMatchObject({ columns: ['SHA256', 'LogonId'], yaml: '  - remove: [SHA256, LogonId]' });
    expect(saving?.bytes).toBe(`"SHA256":"${'c'.repeat(64)}"`.length + '"LogonId":7'.length);
    expect(saving?.bytesPerDay).toBe((saving?.bytes ?? 0) * 2);
    const after = report({ 'DeviceProcessEvents.yaml': `${TABLE}${saving?.yaml}\n` }, counted);
    expect(after.tables[0]?.saving).toBeUndefined();
    expect(after.tables[0]?.columns.find(({ name }) => name === 'SHA256')?.state).toBe('removed');
  });

  it('saves nothing where rows are not sent', () => {
    const { tables } = report({}, tallied('DeviceProcessEvents', rows, false));
    expect(tables[0]?.saving).toBeUndefined();
  });

  it('calls nothing unread where keywords search all, unless they are to be ignored', () => {
    const files = {
      'detections/k.yml':
        'title: Words\nlogsource: { category: process_creation, product: windows }\ndetection: { keywords: [x], condition: keywords }\nlevel: high\n',
    };
    const counted = tallied('DeviceProcessEvents', rows);
    const state = (ignoresKeywords: boolean) =>
      report(files, counted, { days: undefined, ignoresKeywords }).tables[0]?.columns.find(
        ({ name }) => name === 'SHA256',
      )?.state;
    expect([state(false), state(true)]).toEqual(['read', 'unread']);
  });

  it('names columns of tables that the schema does not have, quoted where YAML needs it', () => {
    const { tables, absent } = report(
      { 'DeviceProcessEvents.yaml': TABLE },
      tallied('NewTable', [{ 'a: [b\u001b': 1, yes: 2 }]),
    );
    expect(tables[0]).toMatchObject({ isKnown: false, saving: { columns: ['a: [b\u001b', 'yes'] } });
    expect(tables[0]?.saving?.yaml).not.toContain('\u001b');
    expect(absent).toEqual(['DeviceProcessEvents']);
  });
});

describe('the step', () => {
  it('is read back as it was meant, in lines of at most 100 characters', () => {
    const names = [
      ...Array.from({ length: 60 }, (_, n) => `InitiatingProcessColumn${n}`),
      'true',
      '"',
      '\u2028ä',
      '#x',
    ];
    const yaml = removeStep(names);
    expect(parse(`transform:\n${yaml}`)).toEqual({ transform: [{ remove: names }] });
    for (const line of yaml.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('the time over which rows came', () => {
  const HOUR = 3_600_000;
  const daysOf = (times: readonly number[]) => {
    const span = new TimeSpan();
    for (const time of times) span.add(time);
    return span.days;
  };

  it('is the hours with rows, or between the first and the last where there are few', () => {
    expect(daysOf([])).toBeUndefined();
    expect(daysOf([Number.NaN, 5, 6])).toBeUndefined();
    expect(daysOf([0, HOUR])).toBe(1 / 24);
    expect(daysOf([0, HOUR, 2 * HOUR, 100 * HOUR])).toBe(4 / 24);
  });
});
