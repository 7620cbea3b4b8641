import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { loadLastGood } from '../../../src/relay/rule-sets/last-good.ts';
import { LiveRules } from '../../../src/relay/rule-sets/live-rules.ts';
import { liveRulesRecords, TELL_RULES_MS } from '../../../src/relay/rule-sets/records.ts';

const HOUR = 3_600_000;
const START = 1_000 * HOUR;

function live() {
  const clock = new FakeClock(START);
  const documents = createMemoryStateDocuments();
  const metrics = recordingMetrics();
  const logged: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (text: string, fields?: object) => logged.push(`${text} ${JSON.stringify(fields)}`),
  };
  const context = { destinations: ['splunk'], defaultDestinations: ['splunk'], alerts: [], variables: {} };
  const host = { kind: 'node', name: 'web-1' } as const;
  const rules = new LiveRules({ host, context, strict: false, documents, clock, logger, metrics });
  return { clock, documents, metrics, logged, rules };
}

const files = (modified: number, text = '203.0.113.0/24\n') => [
  { path: 'DeviceEvents.yaml', text: 'table: DeviceEvents\n', modified },
  { path: 'lists/lists.yaml', text: 'lists: { c2: { type: network, max_age: 2h } }', modified },
  { path: 'lists/c2.txt', text, modified },
];

describe('the lists of the rules in force', () => {
  it('are told with size and age, and one that becomes too old is logged once', async () => {
    const { clock, documents, metrics, logged, rules } = live();
    await rules.offer(files(START - HOUR));
    expect(metrics.gaugeValue('xdr_relay_list_entries', { list: 'c2' })).toBe(1);
    expect(metrics.gaugeValue('xdr_relay_list_age_seconds', { list: 'c2' })).toBe(3_600);
    expect(metrics.gaugeValue('xdr_relay_lists_old')).toBe(0);
    for (let look = 0; look < 24; look++) {
      clock.advance(TELL_RULES_MS);
      await rules.tell();
    }
    expect(metrics.gaugeValue('xdr_relay_lists_old')).toBe(1);
    expect(logged).toEqual([
      expect.stringContaining('the list \\"c2\\" is 2h 5m old, and at most 2h are expected'),
    ]);
    const [record] = await liveRulesRecords(documents, clock.now());
    expect(record?.lists).toEqual([
      { name: 'c2', type: 'network', entries: 1, written: START - HOUR, maxAge: 2 * HOUR },
    ]);
  });

  it('are new again when equal files are written anew', async () => {
    const { clock, metrics, rules } = live();
    await rules.offer(files(START - 3 * HOUR));
    expect(metrics.gaugeValue('xdr_relay_lists_old')).toBe(1);
    await rules.offer(files(clock.now()));
    expect(metrics.gaugeValue('xdr_relay_lists_old')).toBe(0);
    expect(metrics.gaugeValue('xdr_relay_list_age_seconds', { list: 'c2' })).toBe(0);
  });

  it('stay in force when a new one has errors, and are kept for the next start with their age', async () => {
    const { documents, rules } = live();
    await rules.offer(files(START));
    const version = rules.current().version;
    await rules.offer(files(START, 'not a network\n'));
    expect(rules.current().version).toBe(version);
    expect(rules.status.refused?.errors[0]).toMatchObject({
      file: 'lists/c2.txt',
      line: 1,
      code: 'bad-entry',
    });
    expect((await loadLastGood(documents))?.files.at(-1)).toEqual({
      path: 'lists/c2.txt',
      text: '203.0.113.0/24\n',
      modified: START,
    });
  });

  it('disappear from the figures with their file', async () => {
    const { metrics, rules } = live();
    await rules.offer(files(START));
    await rules.offer(files(START).slice(0, 1));
    expect(metrics.gaugeValue('xdr_relay_list_entries', { list: 'c2' })).toBeUndefined();
  });
});
