import { describe, expect, inject, it } from 'vitest';
import { databaseFile } from '../../src/databases/mmdb.ts';
import { ruleFileOf, storedFile } from '../../src/databases/stored-file.ts';
import { compileRules } from '../../src/rules/index.ts';
import { DeviceList } from '../../src/rules/lists/device-list.ts';
import { rowOf } from '../../src/rules/testing/run.ts';

const files = Object.entries({
  'lists/lists.yaml': 'lists: { c2: { type: network }, bad: { type: domain } }',
  'lists/c2.csv': 'network,campaign\n203.0.113.0/24,spring\n',
  'lists/bad.txt': 'evil.example\n',
  'DeviceNetworkEvents.yaml': `table: DeviceNetworkEvents
transform:
  - lookup: { list: c2, key: RemoteIP, set: { campaign: campaign } }
  - lookup: { list: devices, key: DeviceId, set: { group: MachineGroup } }
  - url: { column: RemoteUrl, to: address }
    if: { x: { 'RemoteUrl|exists': true }, condition: x }
`,
  'detections/c2.yml': `title: C2
logsource: { product: m365defender, service: DeviceNetworkEvents }
detection:
  ip: { RemoteIP|in_list: c2 }
  name: { RemoteUrl|in_list: bad }
  condition: ip or name
level: high
`,
  'exceptions/lab.yml': `exceptions:
  - title: The lab
    rules: C2
    detection: { x: { DeviceName: lab }, condition: x }
    owner: soc
    expires: 2026-12-01
`,
}).map(([path, text]) => ({ path, text }));

describe('in workerd', () => {
  const devices = new DeviceList();
  let now = Date.parse('2026-11-27T00:00:00Z');
  const { rules, diagnostics } = compileRules(files, {
    destinations: ['out'],
    defaultDestinations: ['out'],
    alerts: [{ levels: ['high'], to: ['out'] }],
    variables: {},
    devices,
    now: () => now,
  });
  const alertsOf = (columns: Readonly<Record<string, string>>) => {
    const verdict = rules?.evaluate(rowOf('DeviceNetworkEvents', columns));
    if (verdict?.kind !== 'forwarded') throw new Error('the row was filtered');
    return {
      event: verdict.event,
      alerts: verdict.routes.filter(({ rule }) => rule).length,
    };
  };

  it('lists and devices are looked up, in rules and in steps', () => {
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const id = 'a'.repeat(40);
    devices.observe({ DeviceId: id, Timestamp: '2026-11-27T00:00:00Z', MachineGroup: 'Servers' }, now);
    expect(alertsOf({ RemoteIP: '203.0.113.9', DeviceId: id })).toMatchObject({
      event: { campaign: 'spring', group: 'Servers' },
      alerts: 1,
    });
    const named = alertsOf({ RemoteIP: '192.0.2.1', RemoteUrl: 'https://www.evil.example:8443/a?b' });
    expect(named).toMatchObject({ event: { address: { host: 'www.evil.example', port: 8443 } }, alerts: 1 });
    expect(named.event).not.toHaveProperty('campaign');
  });

  it('an exception ends by the clock', () => {
    const columns = { RemoteIP: '203.0.113.9', DeviceName: 'lab' };
    expect(alertsOf(columns).alerts).toBe(0);
    now = Date.parse('2026-12-01T00:00:00Z');
    expect(alertsOf(columns).alerts).toBe(1);
  });
});

describe('databases of addresses in workerd', () => {
  const TABLE = {
    path: 'DeviceNetworkEvents.yaml',
    text: 'table: DeviceNetworkEvents\ntransform:\n  - geo: { database: countries, column: RemoteIP, set: { country: country_code } }\n',
  };
  const context = { destinations: ['out'], defaultDestinations: ['out'], alerts: [], variables: {} };

  it('are read as on Node, also from the bundle, and refused by their name if they are damaged', async () => {
    const bytes = new Uint8Array(await (await fetch(inject('countries'))).arrayBuffer());
    const file = { path: 'lists/countries.mmdb', text: '', database: databaseFile(bytes) };
    for (const one of [file, ruleFileOf(JSON.parse(JSON.stringify(storedFile(file))))]) {
      const { rules, diagnostics } = compileRules([TABLE, one], context);
      expect(diagnostics).toEqual([]);
      const countryOf = (RemoteIP: string) => {
        const verdict = rules?.evaluate(rowOf('DeviceNetworkEvents', { RemoteIP }));
        return verdict?.kind === 'forwarded' ? verdict.event.country : 'filtered';
      };
      expect(['8.8.8.8', '::ffff:8.8.8.8', '10.0.0.1', 'x', ''].map(countryOf)).toEqual([
        'US',
        'US',
        ...Array(3),
      ]);
    }
    const damaged = { ...file, database: databaseFile(bytes.subarray(0, 1_000_000)) };
    const { rules, diagnostics } = compileRules([TABLE, damaged], context);
    expect(rules).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'bad-database', file: 'lists/countries.mmdb' }]);
  });
});
