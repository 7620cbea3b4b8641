import { expect, it } from 'vitest';
import { maskedText } from '../../src/cli/actions/dead-letters/mask.ts';

it('masks every text of a row that may be about a person, and keeps what shows the cause', () => {
  const row = {
    time: '2026-11-26T01:00:00Z',
    category: 'AdvancedHunting-DeviceEvents',
    properties: {
      ActionType: 'UserAccountCreated',
      AccountName: 'j.doe',
      Nothing: '',
      ProcessId: 4711,
      IsLocal: true,
      RemoteIP: null,
      AdditionalFields: { Target: 'Jane Doe', List: ['secret', 7] },
      ReportId: { a: 'hidden' },
    },
  };
  expect(JSON.parse(maskedText(JSON.stringify(row)))).toEqual({
    time: '2026-11-26T01:00:00Z',
    category: 'AdvancedHunting-DeviceEvents',
    properties: {
      ActionType: 'UserAccountCreated',
      AccountName: '<5 characters>',
      Nothing: '',
      ProcessId: 4711,
      IsLocal: true,
      RemoteIP: null,
      AdditionalFields: { Target: '<8 characters>', List: ['<6 characters>', 7] },
      ReportId: { a: '<6 characters>' },
    },
  });
});

it('masks what is not JSON, and what is deeper than anybody looks', () => {
  expect(maskedText('{"AccountName": "j.d')).toBe('<20 characters that are not JSON>');
  const deep = `${'['.repeat(100_000)}"secret"${']'.repeat(100_000)}`;
  expect(maskedText(deep)).not.toContain('secret');
  expect(maskedText('{"__proto__": "secret", "toString": "secret"}')).not.toContain('secret');
});
