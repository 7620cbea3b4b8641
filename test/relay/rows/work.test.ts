/** Counts the work that a row costs: how often it is parsed, and how many bytes are copied for it. No clock is asked. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { splunkHecConfig } from '../../../src/destinations/splunk-hec/config.ts';
import { hecEvents } from '../../../src/destinations/splunk-hec/encode.ts';
import { compileRules, type RuleFile } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const ROWS = 400;
const FILTER = `table: DeviceEvents
filter:
  - title: all
    detection: { x: { DeviceName|startswith: pc }, condition: x }
`;
const RENAMES = `table: DeviceEvents
transform:
  - rename: { DeviceName: host, FileName: process, AccountName: user, ActionType: action }
`;
const EDITS = `table: DeviceEvents
transform:
  - remove: [SHA1]
  - set: { environment: production }
  - redact: { columns: ProcessCommandLine, pattern: 'password=\\S+' }
  - rename: { DeviceName: host }
`;
const ALERT = `title: A password on a command line of {DeviceName}
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { ProcessCommandLine|contains: password= }, condition: selection }
level: high
tags: [attack.t1059.001]
`;

const columns = {
  DeviceName: 'pc-1',
  FileName: 'cmd.exe',
  AccountName: 'system',
  ActionType: 'ProcessCreated',
  SHA1: 'f'.repeat(40),
  ProcessCommandLine: `cmd.exe /c password=secret ${'x'.repeat(1_200)}`,
};
const rows = Array.from({ length: ROWS }, (_, n) => row(n, columns)).join('');

interface Counts {
  /** Calls of JSON.parse with the text of a row, or of its columns. */
  parses: number;
  /** Bytes that were copied from one buffer to another. */
  copied: number;
}

afterEach(() => vi.restoreAllMocks());

/** Sends the rows through a whole visit and counts. */
async function workOf(
  text: string,
  path = 'DeviceEvents.yaml',
): Promise<Counts & { readonly delivered: number }> {
  const r = relay(['splunk']);
  const files: readonly RuleFile[] = [{ path, text }];
  const { rules, diagnostics } = compileRules(files, {
    destinations: ['splunk'],
    defaultDestinations: ['splunk'],
    alerts: [{ levels: ['high'], to: ['splunk'] }],
    variables: {},
  });
  const config = splunkHecConfig.parse({ type: 'splunk_hec', url: 'https://splunk.example', token: 't' });
  Object.assign(r.deps.destinations.get('splunk')?.destination ?? {}, {
    encoding: hecEvents(config, 'relay'),
  });
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  Object.assign(r.deps, { rules: () => rules });
  r.append(rows);
  await r.notify();
  const counts = counting();
  await r.work();
  vi.restoreAllMocks();
  return { ...counts, delivered: r.sink('splunk').batches.reduce((sum, { items }) => sum + items.length, 0) };
}

function counting(): Counts {
  const counts = { parses: 0, copied: 0 };
  const parse = JSON.parse;
  vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
    if (text.includes('"Timestamp":"2026-11-23')) counts.parses++;
    return parse(text, reviver);
  });
  const bytes: { set(source: ArrayLike<number>, at?: number): void } = Object.getPrototypeOf(
    Uint8Array.prototype,
  );
  const { set } = bytes;
  vi.spyOn(bytes, 'set').mockImplementation(function (this: Uint8Array, source, at) {
    counts.copied += source.length * this.BYTES_PER_ELEMENT;
    set.call(this, source, at);
  });
  return counts;
}

describe('what a row costs', () => {
  it('is no parse where a filter holds it back, and one copy of its bytes, for the scanner', async () => {
    const { parses, copied, delivered } = await workOf(FILTER);
    expect(delivered).toBe(0);
    expect(parses).toBe(0);
    expect(copied).toBeLessThan(1.3 * rows.length);
  });

  it('is no parse where it raises an alert: the columns that the alert names are read one at a time', async () => {
    const { parses, delivered } = await workOf(ALERT, 'detections/alert.yml');
    expect(delivered).toBe(2 * ROWS);
    expect(parses).toBe(0);
  });

  it.each([
    ['renamed', RENAMES],
    ['edited', EDITS],
  ])(
    'is no parse where it is %s: it is written once, and kept once for the dead letters',
    async (_, rules) => {
      const { parses, copied, delivered } = await workOf(rules);
      expect(delivered).toBe(ROWS);
      expect(parses).toBe(0);
      expect(copied).toBeGreaterThan(2 * rows.length);
      expect(copied).toBeLessThan(4.5 * rows.length);
    },
  );
});
