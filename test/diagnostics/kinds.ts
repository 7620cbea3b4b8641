/** A good file of each kind that people write, and how its mistakes are found. */
import { parseConfig } from '../../src/config/load.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { RuleContext } from '../../src/rules/ruleset.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';

const CONTEXT: RuleContext = {
  destinations: ['splunk'],
  defaultDestinations: ['splunk'],
  alerts: [],
  variables: {},
};

export interface Kind {
  /** A file without a mistake. */
  readonly good: string;
  readonly find: (text: string) => readonly Diagnostic[];
}

function ruleFile(path: string, good: string): Kind {
  return {
    good,
    find: (text) => {
      const files = [{ path, text }];
      const all = [...compileRules(files, CONTEXT).diagnostics, ...collectTests(files, CONTEXT).diagnostics];
      return all.filter(({ code }) => code !== 'ignored-file');
    },
  };
}

const RULE = `title: A rule
level: low
logsource: { product: m365defender, category: device_process_events }
detection:
  selection: { FileName: a.exe }
  condition: selection
`;

export const KINDS = {
  relay: {
    good: `storage: { account: contoso }
destinations:
  splunk: { type: splunk_hec, url: 'https://splunk.example:8088', token: '\${TOKEN}' }
default_destinations: [splunk]
log: { level: info }
`,
    find: (text) => parseConfig(text, 'relay.yaml', { TOKEN: 'a-long-token' }).diagnostics,
  },
  table: ruleFile(
    'DeviceProcessEvents.yaml',
    `table: DeviceProcessEvents
routes:
  - to: splunk
    severity: low
    detection: { selection: { FileName: a.exe }, condition: selection }
`,
  ),
  test: ruleFile(
    'a.test.yaml',
    `table: DeviceProcessEvents
tests:
  - title: a test
    row: { FileName: a.exe }
    expect: { alerts: [] }
`,
  ),
  mapping: ruleFile(
    'mappings/a.yaml',
    `mappings:
  - logsource: { category: dns_query }
    tables:
      - table: DeviceNetworkEvents
        fields:
          QueryName: { columns: [RemoteUrl], convert: hex }
`,
  ),
  rule: ruleFile('detections/a.yml', RULE),
  correlation: ruleFile(
    'detections/b.yml',
    `${RULE}name: a_rule
---
title: A correlation
level: low
correlation:
  type: event_count
  rules: a_rule
  group-by: DeviceName
  timespan: 5m
  condition: { gte: 10 }
`,
  ),
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
