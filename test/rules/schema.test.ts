import { describe, expect, it } from 'vitest';
import {
  fromEnvironments,
  fromMarkdown,
  renderModule,
  streamedTables,
} from '../../scripts/schema-sources.ts';
import { columnLookup, findTable, tableNames, withColumns } from '../../src/rules/schema/index.ts';

/** The generally available tables of the streaming API (Microsoft Learn, "Supported Microsoft Defender XDR event types"). */
const GENERALLY_AVAILABLE =
  `AlertEvidence AlertInfo CloudAppEvents DeviceEvents DeviceFileCertificateInfo DeviceFileEvents
DeviceImageLoadEvents DeviceInfo DeviceLogonEvents DeviceNetworkEvents DeviceNetworkInfo DeviceProcessEvents
DeviceRegistryEvents EmailAttachmentInfo EmailEvents EmailPostDeliveryEvents EmailUrlInfo IdentityLogonEvents
IdentityQueryEvents IdentityDirectoryEvents UrlClickEvents`.split(/\s+/);

describe('the schema', () => {
  it('has every table of the streaming API', () => {
    for (const table of GENERALLY_AVAILABLE) expect(tableNames).toContain(table);
  });

  it('finds a table whatever its letter case, and nothing that is none', () => {
    expect(findTable('devicePROCESSevents')?.table).toBe('DeviceProcessEvents');
    for (const name of ['', 'constructor', '__proto__', 'DeviceProcessEvent'])
      expect(findTable(name)).toBeUndefined();
  });

  it('finds a column by its exact name, and near ones for the rest', () => {
    const schema = findTable('DeviceProcessEvents');
    if (!schema) throw new Error('no such table');
    const lookup = columnLookup(schema);
    expect(lookup.column('ProcessId')).toEqual({ type: 'number' });
    expect(lookup.column('Timestamp')).toEqual({ type: 'datetime' });
    for (const name of ['processid', 'toString', '__proto__']) expect(lookup.column(name)).toBeUndefined();
    expect(lookup.nearest('ProcesId')).toContain('ProcessId');
    expect(columnLookup(withColumns(schema, new Map([['New', 'dynamic']]))).column('New')).toEqual({
      type: 'object',
    });
    expect(lookup.column('New')).toBeUndefined();
  });

  it('leaves out what the streaming API does not write', () => {
    expect(findTable('EmailEvents')?.columns.has('LatestDeliveryAction')).toBe(false);
  });
});

describe('refreshing the schema', () => {
  it("reads KQLAnalyzer's environments.json", () => {
    const json = JSON.stringify({
      m365: {
        tables: { AlertInfo: { 'Timestamp[*](#mdi-only)': 'datetime', IsX: 'boolean', 'Latest*': 'string' } },
      },
      sentinel: {},
    });
    expect(fromEnvironments(json)).toEqual({
      AlertInfo: { Timestamp: 'datetime', IsX: 'bool', Latest: 'string' },
    });
    expect(() => fromEnvironments('{}')).toThrow();
    expect(() => fromEnvironments('{"m365":{"tables":{"A":{"B":"blob"}}}}')).toThrow(
      /A\.B: unknown type "blob"/,
    );
  });

  it("reads a page of Microsoft's documentation", () => {
    const page = [
      '---',
      'title: AlertInfo table',
      '---',
      '# AlertInfo',
      '',
      '| Column name | Data type | Description |',
      '|-------------|-----------|-------------|',
      '| `Timestamp` | `datetime` | Date and time \\| zone |',
      '|`LatestDeliveryAction`* | `string` | Last |',
      '| `IsX` |`boolean` | x |',
    ].join('\r\n');
    expect(fromMarkdown(page)).toEqual({
      AlertInfo: { Timestamp: 'datetime', LatestDeliveryAction: 'string', IsX: 'bool' },
    });
    expect(fromMarkdown('no heading')).toEqual({});
  });

  it('writes the module, and says what the source lacks', () => {
    const { tables, missing } = streamedTables({
      AlertInfo: { Timestamp: 'datetime' },
      Foreign: { A: 'string' },
    });
    expect(Object.keys(tables)).toEqual(['AlertInfo']);
    expect(missing).toContain('DeviceEvents');
    expect(renderModule(tables, 'a source', '2026-11-23')).toContain(
      "  AlertInfo: {\n    Timestamp: 'datetime',\n  },",
    );
  });
});
