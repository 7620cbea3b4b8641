import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const RULE = `title: Anything
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { DeviceName|startswith: ws }, condition: selection }
level: high
`;
const EXCEPTION = `exceptions:
  - { title: Known, rules: Anything, detection: { host: { DeviceName: ws-1 }, condition: host }, owner: soc }
`;

describe('alerts that an exception takes away', () => {
  it('are counted by exception, and their rows go on', async () => {
    const r = relay(['splunk', 'soc']);
    const files = [
      { path: 'detections/anything.yml', text: RULE },
      { path: 'exceptions/known.yml', text: EXCEPTION },
    ];
    const { rules } = compileRules(files, {
      destinations: ['splunk', 'soc'],
      defaultDestinations: ['splunk'],
      alerts: [{ levels: ['high'], to: ['soc'] }],
      variables: {},
    });
    if (!rules) throw new Error('the rules have errors');
    Object.assign(r.deps, { rules: () => rules });
    r.append(['ws-1', 'ws-2', 'ws-1'].map((DeviceName, n) => row(n, { DeviceName })).join(''));
    await r.notify();
    await r.work();
    const labels = { table: 'DeviceEvents', exception: 'Known' };
    expect(r.metrics.counter('xdr_relay_alerts_suppressed_total', labels)).toBe(2);
    expect(r.sink('splunk').rows).toHaveLength(3);
    expect(r.sink('soc').rows).toHaveLength(1);
  });
});
