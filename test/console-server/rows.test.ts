import { describe, expect, it } from 'vitest';
import { consoleConfig } from '../../src/config/console.ts';
import {
  MASKED,
  maskedValue,
  type RowPolicy,
  rowPolicy,
  shownPayload,
  shownRow,
  shownSentence,
} from '../../src/console/rows.ts';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const ALL: RowPolicy = { shown: true, mask: [] };
const MASK: RowPolicy = { shown: true, mask: ['AccountName', 'ProcessId'] };
const ROW = {
  time: '2026-11-26T01:00:00Z',
  properties: {
    AccountName: 'j.doe',
    ProcessId: 4711,
    FileName: 'cmd.exe',
    Deep: { list: [{ accountname: 'jane' }] },
    AdditionalFields: '{"AccountName":"inner","Other":1}',
    Cut: '{"AccountName":"half',
  },
};

describe('shownRow', () => {
  it('shows nothing where rows are not allowed, and names the setting', () => {
    const row = shownRow(bytes(ROW), { shown: false, mask: [] });
    expect(row.text).toBeUndefined();
    expect(row.why).toContain('console.rows');
    expect(row.bytes).toBe(bytes(ROW).length);
  });

  it('shows the bytes as they are where nothing is masked', () => {
    const text = '{"a": 12345678901234567890,  "a": 1e400}';
    expect(shownRow(bytes(text), ALL)).toEqual({
      text,
      bytes: text.length,
      cut: false,
      masked: false,
      lossy: false,
    });
    expect(shownRow(Uint8Array.of(0xff, 0x41), ALL)).toMatchObject({ text: '\ufffdA', lossy: true });
  });

  it('masks a column at any depth, in JSON within texts too, whatever its case', () => {
    const { text = '', masked } = shownRow(bytes(ROW), MASK);
    expect(masked).toBe(true);
    for (const secret of ['j.doe', '4711', 'jane', 'inner', 'half']) expect(text).not.toContain(secret);
    expect(JSON.parse(text).properties).toEqual({
      AccountName: MASKED,
      ProcessId: MASKED,
      FileName: 'cmd.exe',
      Deep: { list: [{ accountname: MASKED }] },
      AdditionalFields: `{"AccountName":"${MASKED}","Other":1}`,
      Cut: MASKED,
    });
  });

  it('shows no byte of a row that cannot be parsed while there is a mask', () => {
    const row = shownRow(bytes('{"AccountName":"j.doe", '), MASK);
    expect(row.text).toBeUndefined();
    expect(JSON.stringify(row)).not.toContain('doe');
    expect(row.why).toContain('console.rows.mask');
  });

  it('keeps numbers that a double cannot hold, and cuts what is long', () => {
    const big = '{"AccountName":"x","n":12345678901234567890}';
    expect(shownRow(bytes(big), MASK).text).toBe(`{"AccountName":"${MASKED}","n":12345678901234567890}`);
    const long = shownRow(bytes({ a: 'x'.repeat(1_000_000) }), ALL);
    expect(long.text).toHaveLength(262_144);
    expect(long.cut).toBe(true);
  });

  it('masks what lies deeper than anybody looks', () => {
    const deep = `${'['.repeat(100_000)}{"AccountName":"j.doe"}${']'.repeat(100_000)}`;
    expect(shownRow(bytes(deep), MASK).text).not.toContain('j.doe');
    expect(shownRow(bytes('{"__proto__":{"AccountName":"j.doe"}}'), MASK).text).not.toContain('j.doe');
  });
});

describe('rowPolicy', () => {
  const rows = (over: object) => ({ console: consoleConfig.parse({ rows: over }) });

  it('shows nothing unless it is set, and only rows of the tables that are named', () => {
    expect(rowPolicy({ console: undefined }, 'DeviceEvents').shown).toBe(false);
    expect(rowPolicy(rows({}), 'DeviceEvents').shown).toBe(false);
    expect(rowPolicy(rows({ show: true }), undefined).shown).toBe(true);
    const some = rows({ show: true, tables: ['DeviceEvents'] });
    expect(['deviceevents', 'EmailEvents', undefined].map((table) => rowPolicy(some, table).shown)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('masks columns by pattern', () => {
    const policy = rowPolicy(rows({ show: true, mask: ['*IPAddress', 'Account*', 'a.b'] }), 'T');
    const row = { RemoteIPAddress: '1.1.1.1', AccountUpn: 'x@y', axb: 1, 'a.b': 2, MyAccount: 3 };
    expect(JSON.parse(shownRow(bytes(row), policy).text ?? '')).toEqual({
      RemoteIPAddress: MASKED,
      AccountUpn: MASKED,
      axb: 1,
      'a.b': MASKED,
      MyAccount: 3,
    });
  });
});

describe('shownPayload', () => {
  it('finds masked values under other names, and in parts', () => {
    const sent = [
      { actor: { user: { name: 'J.DOE', upn: 'j.doe@contoso.com' } }, pid: 4711, file: 'cmd.exe' },
      { note: 'inner' },
    ];
    const { text = '', masked } = shownPayload(
      sent.map((one) => JSON.stringify(one)).join('\n'),
      bytes(ROW),
      MASK,
    );
    expect(masked).toBe(true);
    expect(text.split('\n').map((line) => JSON.parse(line))).toEqual([
      { actor: { user: { name: MASKED, upn: MASKED } }, pid: MASKED, file: 'cmd.exe' },
      { note: MASKED },
    ]);
  });

  it('is not shown where masked values cannot be found in it', () => {
    expect(shownPayload('CEF:0|j.doe', bytes(ROW), MASK).text).toBeUndefined();
    expect(shownPayload('{"a":"j.doe"}', bytes('not json'), MASK).text).toBeUndefined();
    expect(shownPayload(JSON.stringify('x'.repeat(300_000)), bytes(ROW), MASK).text).toBeUndefined();
    expect(shownPayload('{"a":1}', bytes(ROW), { shown: false, mask: [] }).why).toContain('console.rows');
    expect(shownPayload('CEF:0|j.doe', bytes(ROW), ALL).text).toBe('CEF:0|j.doe');
  });
});

it("takes masked values out of a destination's sentence", () => {
  const said = 'failed to parse field [user] of "j.doe"';
  expect(shownSentence(said, bytes(ROW), MASK)).toBe(`failed to parse field [user] of "${MASKED}"`);
  expect(shownSentence(said, bytes('{'), MASK)).toBeUndefined();
  expect(shownSentence(said, bytes('{'), ALL)).toBe(said);
});

it('masks parsed values', () => {
  expect(maskedValue({ ACCOUNTNAME: { a: 1 }, b: [1] }, ['AccountName'])).toEqual({
    ACCOUNTNAME: MASKED,
    b: [1],
  });
});
