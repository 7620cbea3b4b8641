import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const RULE = `title: Anything
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { DeviceName|startswith: ws }, condition: selection }
level: high
`;
const ID = '0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01';
const OTHER = `${RULE.replace('Anything', 'Other').replace('startswith: ws', 'endswith: 2')}id: ${ID}\n`;

describe('the rows that raise alerts', () => {
  it('are counted by rule, once each, to however many destinations the alert goes', async () => {
    const r = relay(['splunk', 'soc']);
    const files = [
      { path: 'detections/anything.yml', text: RULE },
      { path: 'detections/other.yml', text: OTHER },
    ];
    const { rules } = compileRules(files, {
      destinations: ['splunk', 'soc'],
      defaultDestinations: ['splunk'],
      alerts: [{ levels: ['high'], to: ['soc', 'splunk'] }],
      variables: {},
    });
    if (!rules) throw new Error('the rules have errors');
    Object.assign(r.deps, { rules: () => rules });
    r.append(['ws-1', 'ws-2', 'srv-1'].map((DeviceName, n) => row(n, { DeviceName })).join(''));
    await r.notify();
    await r.work();
    const count = (rule: string) => r.metrics.counter('xdr_relay_rule_alerts_total', { rule });
    expect([count('Anything'), count(ID), count('Other')]).toEqual([2, 1, 0]);
  });
});
