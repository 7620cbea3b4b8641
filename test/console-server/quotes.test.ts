import { describe, expect, it } from 'vitest';
import { shownOf } from '../../src/console/alerts/shown.ts';
import { showsQuotes, withoutAnswer, withoutQuote } from '../../src/console/quotes.ts';
import { configOf } from '../routes/console-fixture.ts';

const of = (rows: string) => configOf(`rows: ${rows}`).config;

describe('what destinations say', () => {
  it('is shown only where every value of every row is', () => {
    expect(showsQuotes(of('{ show: true }'))).toBe(true);
    expect(showsQuotes(of('{}'))).toBe(false);
    expect(showsQuotes(of('{ show: true, tables: [DeviceInfo] }'))).toBe(false);
    expect(showsQuotes(of('{ show: true, mask: [AccountUpn] }'))).toBe(false);
  });

  it.each([
    ['Splunk answered 400 with code 6: no "j.doe"', 'Splunk answered 400 with code 6'],
    ['Splunk answered 503', 'Splunk answered 503'],
    [
      'Elastic took 4 of 5 documents, and answered 400 for one: x: j.doe',
      'Elastic took 4 of 5 documents, and answered 400 for one',
    ],
    ['The collector rejected 1 of 2 log records: a\nb: j.doe', 'The collector rejected 1 of 2 log records'],
    ['No connection to hook.example: ECONNREFUSED', 'No connection to hook.example: ECONNREFUSED'],
  ])('is cut from %s', (text, left) => {
    expect(withoutAnswer(text)).toBe(left);
  });

  it.each([
    ['Not JSON: j.doe', 'Not JSON'],
    ['Unexpected token "j.doe"', 'Unexpected token'],
    ['Too long', 'Too long'],
  ])('and of a row, %s', (text, left) => {
    expect(withoutQuote(text)).toBe(left);
  });
});

it('a value inside a column is masked by the name of any part of its path', () => {
  const shown = shownOf(of('{ show: true, mask: [AccountUpn] }'), { table: 'CloudAppEvents' });
  for (const column of ['AccountUpn', 'RawEventData.AccountUpn', 'Entities[0].AccountUpn', 'AccountUpn.x'])
    expect([column, shown.isMasked(column)]).toEqual([column, true]);
  expect(shown.isMasked('RawEventData.FileName')).toBe(false);
});
