import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alerts/message.ts';
import {
  encodedQuery,
  huntingAll,
  huntingLinks,
  literal,
} from '../../src/destinations/alert-view/hunting.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { runs } from '../support/runs.ts';
import { alert } from './samples.ts';

const decode = (url: string) =>
  gunzipSync(Buffer.from(new URL(url).searchParams.get('query') ?? '', 'base64url')).toString('utf16le');

const ofRow = (table: string, event: JsonObject, over: Partial<AlertMessage> = {}): AlertMessage => ({
  ...messageOfOne(alert(1, { table, event })),
  ...over,
});

describe('links into Advanced Hunting', () => {
  it('hold the query as the portal’s own links do', () => {
    const [link] = huntingLinks(messageOfOne(alert(7)));
    const url = new URL(link?.url ?? '');
    expect(url.origin + url.pathname).toBe('https://security.microsoft.com/v2/advanced-hunting');
    expect(url.searchParams.get('tid')).toBe('11111111-2222-3333-4444-555555555555');
    expect(url.searchParams.get('query')).toMatch(/^H4sI[A-Za-z0-9_-]+$/);
    expect(decode(link?.url ?? '')).toBe(link?.query);
    expect(encodedQuery('same')).toBe(encodedQuery('same'));
  });

  it('ask for this very event, and for its host’s hour', () => {
    const links = huntingLinks(messageOfOne(alert(7)));
    expect(links.map(({ label }) => label)).toEqual(['Hunt: this event', "Hunt: the host's hour"]);
    expect(links[0]?.query).toBe(`DeviceProcessEvents
| where Timestamp between (datetime(2026-11-23T07:00:02Z) .. datetime(2026-11-23T07:02:02Z))
| where tostring(DeviceId) == "d3adb33fd3adb33fd3adb33fd3adb33fd3adb33f"
| where ReportId == 7`);
    expect(links[1]?.query).toContain(
      'where Timestamp between (datetime(2026-11-23T06:31:02Z) .. datetime(2026-11-23T07:31:02Z))',
    );
  });

  it('ask for Defender’s alert with its evidence, for a mail, for an account, for a whole group', () => {
    const [defender] = huntingLinks(ofRow('AlertInfo', { AlertId: 'da1_-1', Title: 'x' }));
    expect(defender?.query).toBe(
      'AlertInfo\n| where AlertId == "da1_-1"\n| join kind=leftouter AlertEvidence on AlertId',
    );
    const [mail] = huntingLinks(ofRow('EmailEvents', { NetworkMessageId: 'a1-b2' }));
    expect(mail).toMatchObject({ label: 'Hunt: this mail' });
    expect(mail?.query).toContain('| where NetworkMessageId == "a1-b2"');
    const account = '0a1b2c3d-0000-4000-8000-0123456789ab';
    const [, hour] = huntingLinks(ofRow('CloudAppEvents', { AccountObjectId: account, ReportId: 'r1' }));
    expect(hour?.query).toContain(`| where AccountObjectId == "${account}"`);
    const group = huntingLinks(
      ofRow(
        'DeviceProcessEvents',
        { DeviceId: 'd1' },
        {
          count: 9,
          groupedBy: [{ column: 'DeviceName', value: 'pc-1' }],
          common: [{ column: 'DeviceName', values: ['pc-1'] }],
          lastTime: '2026-11-23T07:30:00Z',
        },
      ),
    );
    expect(group[0]?.query).toBe(`DeviceProcessEvents
| where Timestamp between (datetime(2026-11-23T07:00:02Z) .. datetime(2026-11-23T07:31:00Z))
| where tostring(DeviceName) in~ ("pc-1")
| sort by Timestamp asc`);
    expect(group.map(({ label }) => label)).toEqual([
      'Hunt: the whole group',
      'Hunt: this event',
      "Hunt: the host's hour",
    ]);
  });

  const ofRule = (over: Partial<AlertMessage> = {}) =>
    ofRow('DeviceProcessEvents', { DeviceId: 'd1' }, { count: 9, scope: 'rule', groupedBy: [], ...over });
  const columns = (values: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(values).map(([column, some]) => ({ column, values: some }));

  it('ask for all events of a rule that matches on many hosts: by what they have in common, else by their hosts, else by time alone', () => {
    const first = (over: Partial<AlertMessage>) => huntingLinks(ofRule(over))[0];
    const known = { ActionType: ['ProcessCreated'], DeviceName: ['pc-1', 'pc-2'] };
    const span =
      '| where Timestamp between (datetime(2026-11-23T07:00:02Z) .. datetime(2026-11-23T07:02:02Z))';
    expect(first({ common: columns({ ...known, FileName: ['vssadmin.exe', 'wmic.exe'] }) })).toMatchObject({
      label: 'Hunt: all hosts of this rule',
      query: `DeviceProcessEvents
${span}
| where tostring(FileName) in~ ("vssadmin.exe", "wmic.exe")
| where tostring(ActionType) in~ ("ProcessCreated")
| sort by Timestamp asc`,
    });
    expect(first({ common: columns(known) })?.query).toBe(`DeviceProcessEvents
${span}
| where tostring(ActionType) in~ ("ProcessCreated")
| where tostring(DeviceName) in~ ("pc-1", "pc-2")
| sort by Timestamp asc`);
    expect(first({})?.query).toBe(`DeviceProcessEvents\n${span}\n| sort by Timestamp asc`);
    const tables = ['DeviceProcessEvents', 'DeviceEvents'];
    expect(first({ tables })?.query).toContain(
      'union withsource=Table isfuzzy=true DeviceProcessEvents, DeviceEvents\n|',
    );
    expect(first({ tables: [] })?.label).not.toBe('Hunt: all hosts of this rule');
  });

  it('leave out a condition rather than an event: of values that cannot stand in a query, and where the link would become long', () => {
    const hidden = columns({ FileName: ['a.exe', 'b\u202e.exe'], AccountName: ['ada'] });
    const [all] = huntingLinks(ofRule({ common: hidden }));
    expect(all?.query).not.toContain('FileName');
    expect(all?.query).toContain('where tostring(AccountName) in~ ("ada")');
    let seed = 1;
    // Text that no compression shortens.
    const character = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return String.fromCharCode(35 + (seed % 56));
    };
    const text = () => Array.from({ length: 100 }, character).join('');
    const long = Object.fromEntries(
      ['A', 'B', 'C', 'ActionType', 'DeviceName'].map((column) => [column, Array.from({ length: 20 }, text)]),
    );
    const [link] = huntingLinks(ofRule({ common: columns({ ...long, D: ['x'] }) }));
    expect(link?.url.length).toBeLessThanOrEqual(1_400);
    expect(link?.query).toContain('where tostring(D) in~ ("x")');
    // What groups are made of may be a column that Defender does not have.
    const grouped = [{ column: 'owner', value: 'finance' }];
    const [made] = huntingLinks(
      ofRule({ scope: 'group', groupedBy: grouped, common: columns({ A: ['x'] }) }),
    );
    expect(made?.query).not.toContain('owner');
    expect(made?.query).toContain('where tostring(A) in~ ("x")');
  });

  it('ask by no value that a step changed, and by its own name for a column that was renamed', () => {
    const row = alert(1, {
      event: { DeviceId: 'hashed', report: 7 },
      renamed: { ReportId: 'report' },
      altered: ['DeviceId'],
    });
    const message = messageOfOne(row);
    const links = huntingLinks({
      ...message,
      entities: [{ kind: 'host', first: [{ kind: 'host', name: 'pc-1', id: 'hashed' }], more: 0 }],
    });
    expect(links.map(({ label }) => label)).toEqual(['Hunt: this event']);
    expect(links[0]?.query).toContain('| where ReportId == 7');
    expect(links[0]?.query).not.toContain('DeviceId');
  });

  it('ask in a digest for the events of all groups of a title', () => {
    const one = (host: string, over: Partial<AlertMessage> = {}) =>
      ofRule({
        scope: 'group',
        count: 1,
        groupedBy: [{ column: 'DeviceName', value: host }],
        common: columns({ DeviceName: [host], FileName: ['vssadmin.exe'] }),
        ...over,
      });
    expect(huntingAll([one('pc-1'), one('pc-2', { lastTime: '2026-11-23T07:30:00Z' })])).toMatchObject([
      {
        label: 'Hunt: all of these',
        query: `DeviceProcessEvents
| where Timestamp between (datetime(2026-11-23T07:00:02Z) .. datetime(2026-11-23T07:31:00Z))
| where tostring(DeviceName) in~ ("pc-1", "pc-2")
| where tostring(FileName) in~ ("vssadmin.exe")
| sort by Timestamp asc`,
      },
    ]);
    expect(huntingAll([one('pc-1')])).toMatchObject([{ label: 'Hunt: this event' }]);
    expect(huntingAll([])).toEqual([]);
  });

  it('are none for what cannot be asked for safely', () => {
    const hostile = ['a\nb', 'a\u202eb', 'x'.repeat(257), '', '\ud800'];
    for (const DeviceId of hostile) {
      expect(literal(DeviceId)).toBeUndefined();
      expect(huntingLinks(ofRow('DeviceEvents', { DeviceId }))).toEqual([]);
    }
    const named = messageOfOne(alert(1, { table: 'T | delete', event: { ReportId: 1 } }));
    expect(huntingLinks(named)).toEqual([]);
    const timeless = messageOfOne(alert(1, { time: 'now"', event: { DeviceId: 'd1', ReportId: 1 } }));
    expect(huntingLinks(timeless)).toEqual([]);
  });

  it('cannot be given another condition, operator or query by a row', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('"', '\\', "'", '\n', ' | ', 'take 1', '//', ')', '```', '@', 'h'), {
          maxLength: 12,
        })
        .map((parts) => parts.join('')),
    );
    const ids = fc.record({
      DeviceId: text,
      ReportId: fc.oneof(text, fc.integer(), fc.double()),
      AccountObjectId: text,
      NetworkMessageId: text,
      AlertId: text,
    });
    fc.assert(
      fc.property(
        ids,
        text,
        fc.constantFrom('DeviceEvents', 'EmailEvents', 'AlertInfo'),
        (event, value, table) => {
          const links = huntingLinks(
            ofRow(table, event, {
              count: 2,
              groupedBy: [{ column: 'DeviceName', value }],
              common: [{ column: 'FileName', values: [value, 'x'] }],
            }),
          );
          for (const { url, query } of links) {
            expect(decode(url)).toBe(query);
            // Every literal taken out, what remains is ours.
            const ours = query.replace(/"(?:[^"\\\p{Cc}]|\\["\\])*"/gu, '?').replace(/== -?\d+/g, '== ?');
            expect(ours).toMatch(
              /^[A-Za-z]+( withsource=Table isfuzzy=true [A-Za-z, ]+)?(\n\| (where Timestamp between \(datetime\([\dT:Z-]+\) \.\. datetime\([\dT:Z-]+\)\)|where (tostring\([A-Za-z]+\)|[A-Za-z]+) == \?|where tostring\([A-Za-z]+\) in~ \(\?(, \?)*\)|join kind=leftouter AlertEvidence on AlertId|sort by Timestamp asc))+$/,
            );
          }
        },
      ),
      { numRuns: runs(50) },
    );
  });
});
