import { describe, expect, it } from 'vitest';
import { databaseFile } from '../../../src/databases/mmdb.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { agedLists, oldListWarnings } from '../../../src/rules/lists/age.ts';
import type { RuleFile } from '../../../src/rules/rule-file.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { mmdb } from '../../databases/write-mmdb.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { context, filesOf } from '../helpers.ts';

const BUILT = Date.parse('2026-11-01T00:00:00Z');
const CITIES = mmdb({
  built: BUILT / 1000,
  networks: {
    '203.0.113.0/24': {
      city: { names: { en: 'Zurich' } },
      location: { latitude: 47.4 },
      subdivisions: [{ iso_code: 'ZH' }],
    },
    '198.51.100.0/24': { country: { iso_code: 'AT' } },
    '10.1.0.0/16': { site: 'HQ' },
  },
});
const DATABASE: RuleFile = { path: 'lists/cities.mmdb', text: '', database: databaseFile(CITIES) };

function compiled(texts: Readonly<Record<string, string>>, database: RuleFile | undefined = DATABASE) {
  const { rules, diagnostics } = compileRules([...filesOf(texts), ...(database ? [database] : [])], context);
  const told = diagnostics.map(
    ({ severity, code, file, message, hint }) => `${severity} ${code} ${file}: ${message} (${hint ?? ''})`,
  );
  return { rules, diagnostics, told };
}

const table = (step: string) => ({
  'DeviceNetworkEvents.yaml': `table: DeviceNetworkEvents\ntransform:\n  - ${step}\n`,
});

function added(set: string, row: JsonObject): JsonObject {
  const { rules, told } = compiled(table(`geo: { database: cities, column: RemoteIP, set: ${set} }`));
  expect(told).toEqual([]);
  const verdict = rules?.evaluate(rowOf('DeviceNetworkEvents', row));
  if (verdict?.kind !== 'forwarded') throw new Error('not forwarded');
  return Object.fromEntries(Object.entries(verdict.event).filter(([name]) => !Object.hasOwn(row, name)));
}

describe('geo', () => {
  const SET =
    '{ city: city.names.en, latitude: location.latitude, region: "subdivisions[0].iso_code", known: true }';

  it('writes values of the record by their paths, and constants', () => {
    const expected = { city: 'Zurich', latitude: 47.4, region: 'ZH', known: true };
    for (const RemoteIP of ['203.0.113.9', '::ffff:203.0.113.9'])
      expect(added(SET, { RemoteIP })).toEqual(expected);
    expect(added('{ where: location, zone: { value: $SITE } }', { RemoteIP: '203.0.113.9' })).toEqual({
      where: { latitude: 47.4 },
      zone: 'zrh',
    });
  });

  it('writes nothing of what the record lacks', () => {
    expect(added(SET, { RemoteIP: '198.51.100.1' })).toEqual({ known: true });
  });

  it('writes nothing for an address that the database does not have, and for what is no address', () => {
    for (const RemoteIP of [
      '192.168.1.1',
      '',
      'x',
      null,
      5,
      { a: 1 },
      [],
      [['203.0.113.9']],
      '203.0.113.9:443',
    ]) {
      expect(added(SET, { RemoteIP })).toEqual({});
    }
    expect(added(SET, {})).toEqual({});
  });

  it('takes the first address of an array that the database has, as one of the own networks', () => {
    expect(added('{ site: site }', { RemoteIP: ['192.168.1.1', '10.1.2.3', '203.0.113.9'] })).toEqual({
      site: 'HQ',
    });
  });

  it('takes no longer for an array than the allowance of the row', () => {
    const RemoteIP = Array.from({ length: 100_000 }, (_, n) => `100.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    expect(added(SET, { RemoteIP })).toEqual({});
  });
});

describe('what is wrong with', () => {
  const step = (set: string, name = 'cities') =>
    table(`geo: { database: ${name}, column: RemoteIP, set: { x: ${set} } }`);
  const lists = { 'lists/vips.csv': 'upn\na\n', 'lists/lists.yaml': 'lists: { later: { max_age: 9d } }' };

  it.each([
    [
      'a path that no record has',
      step('city.name.en'),
      'warning unknown-column DeviceNetworkEvents.yaml: no record of "cities" that was looked at has "city.name.en" (did you mean "city.names.en"?)',
    ],
    [
      'what is no path',
      step('"city..en"'),
      'error bad-format DeviceNetworkEvents.yaml: "city..en" is no path',
    ],
    [
      'a database that is not there',
      step('a', 'citys'),
      'error unknown-list DeviceNetworkEvents.yaml: no list is named "citys" ',
    ],
    [
      'a list',
      step('a', 'vips'),
      'error wrong-list DeviceNetworkEvents.yaml: "vips" is a list, and no database of addresses',
    ],
    [
      'lookup in a database',
      table('lookup: { list: cities, key: RemoteIP, set: { x: a } }'),
      'error wrong-list DeviceNetworkEvents.yaml: "cities" is a database of addresses (only the step "geo" reads it)',
    ],
    [
      '|in_list of a database',
      {
        'DeviceNetworkEvents.yaml':
          'table: DeviceNetworkEvents\nfilter:\n  - title: x\n    detection: { a: { RemoteIP|in_list: cities }, condition: a }\n',
      },
      'error wrong-list DeviceNetworkEvents.yaml: "cities" is a database',
    ],
  ])('%s', (_, files, expected) => {
    const { told, diagnostics } = compiled({ ...lists, ...files });
    expect(told.filter((one) => !one.includes('missing-list'))).toEqual([expect.stringContaining(expected)]);
    expectTheVoice(diagnostics);
  });

  it('nothing while a declared database has no file', () => {
    const { rules, told } = compiled({ ...lists, ...step('any.path', 'later') });
    expect(told).toEqual([expect.stringMatching(/^warning missing-list/)]);
    const verdict = rules?.evaluate(rowOf('DeviceNetworkEvents', { RemoteIP: '203.0.113.9' }));
    expect(verdict).toMatchObject({ event: { RemoteIP: '203.0.113.9' } });
  });

  it('a database that is damaged, by its name, and nothing else', () => {
    const damaged = { ...DATABASE, database: databaseFile(CITIES.subarray(0, 40)) };
    const { rules, told, diagnostics } = compiled(step('city'), damaged);
    expect(rules).toBeUndefined();
    expect(told).toEqual([
      expect.stringContaining(
        'error bad-database lists/cities.mmdb: the database cannot be used: it is no MaxMind database, or its end is missing',
      ),
    ]);
    expectTheVoice(diagnostics);
  });

  it('a type or key that is declared of a database', () => {
    const { told, diagnostics } = compiled({ 'lists/lists.yaml': 'lists: { cities: { type: network } }' });
    expect(told).toEqual([
      expect.stringContaining('error conflict lists/lists.yaml: lists/cities.mmdb is a database'),
    ]);
    expectTheVoice(diagnostics);
  });

  it('a database that is too old by the day on which it was made', () => {
    const file = { ...DATABASE, modified: BUILT + 30 * 86_400_000 };
    const { rules } = compiled({ 'lists/lists.yaml': 'lists: { cities: { max_age: 14d } }' }, file);
    const aged = (now: number) => oldListWarnings(agedLists(rules?.lists ?? [], [file], now));
    expect(aged(BUILT + 13 * 86_400_000)).toEqual([]);
    expect(aged(BUILT + 15 * 86_400_000)).toMatchObject([{ code: 'old-list', file: 'lists/cities.mmdb' }]);
  });

  it('a database whose content is not at hand', () => {
    const { rules, told } = compiled(step('city'), { path: 'lists/cities.mmdb', text: '' });
    expect(rules).toBeDefined();
    expect(told).toEqual([
      expect.stringMatching(/^warning missing-list lists\/cities.mmdb: the content of the database/),
    ]);
  });

  it('the version of the rules changes with the database', () => {
    const other = { ...DATABASE, database: databaseFile(mmdb({ networks: { '192.0.2.0/24': { a: 1 } } })) };
    expect(compiled({}, other).rules?.version).not.toBe(compiled({}).rules?.version);
  });
});
