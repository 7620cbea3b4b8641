/** One place wires the relay: hosts, commands, benchmarks and the relay's own test rigs go through it. */

import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { assembleRelay } from '../../src/relay/assemble.ts';
import { createProcessState } from '../../src/relay/process-state.ts';
import { ASSEMBLY, HOUR, MINUTE, SETTINGS } from './harness.ts';

/** What is made by `assembleRelay` and the files beside it, and by nobody else. */
const PARTS = [
  'new Breaker',
  'createTableHolds',
  'new Slots',
  'new Evidence',
  'manageDestination',
  'createDestination',
  'new MemoryBudget',
  'LagBook.create',
  'RiskBook.create',
  'TableBook.create',
  'new NotificationMark',
  'new SeenRows',
  'new OwnVisits',
  'new LiveRules',
  'createCorrelations',
  'relaySources',
  'takeOverDocuments',
  'followBreakers',
  'consume',
  'handleMessage',
  'retryIsolatedRegularly',
  'anyAnswers',
  'createApp',
];
const HOSTS = [
  'src/hosts/**/*.ts',
  'src/cli/**/*.ts',
  'bench/**/*.ts',
  'soak/**/*.ts',
  'demo/**/*.ts',
  'lab/**/*.ts',
  'deploy/**/*.ts',
  'test/relay/harness.ts',
  'test/relay/simulation.ts',
];
/** The endpoint is wired once too, and measured without a relay behind it. */
const EXCEPTIONS = ['createApp in src/hosts/endpoint.ts', 'createApp in bench/programs/intake.ts'];

describe('a host', () => {
  it.each(PARTS)('does not wire the relay itself: %s', async (part) => {
    const made = new RegExp(`(?<![\\w.])${part}\\(`);
    const found: string[] = [];
    for await (const file of glob(HOSTS)) {
      if (made.test(readFileSync(file, 'utf8'))) found.push(`${part} in ${file}`);
    }
    expect(found.filter((each) => !EXCEPTIONS.includes(each))).toEqual([]);
  });

  it('is looked at where there are hosts to look at', async () => {
    const files: string[] = [];
    for await (const file of glob(HOSTS)) files.push(file);
    expect(files).toEqual(
      expect.arrayContaining([
        'src/hosts/node/run-consumer.ts',
        'src/hosts/worker/invocation.ts',
        'bench/programs/memory.ts',
      ]),
    );
    const hosts = files.filter((file) => readFileSync(file, 'utf8').includes('assembleRelay('));
    expect(hosts.sort()).toEqual([
      'bench/programs/memory.ts',
      'src/hosts/node/run-consumer.ts',
      'src/hosts/worker/invocation.ts',
      'test/relay/harness.ts',
      'test/relay/simulation.ts',
    ]);
  });
});

describe('a relay that is assembled', () => {
  it('remembers with its process what it saw, whatever is assembled next', async () => {
    const clock = new FakeClock(HOUR + MINUTE);
    const ports = memoryPorts(clock);
    const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
    const state = createProcessState({ memoryBytes: 1 << 20 }, services);
    const assemble = () =>
      assembleRelay({
        ports,
        services,
        settings: { ...ASSEMBLY, visits: SETTINGS },
        destinations: new Map([['splunk', new Sink('splunk')]]),
        rules: () => ({ version: 'test', evaluate: () => ({ kind: 'filtered', filter: 'all' }) }),
        state,
      });
    const first = assemble();
    expect(first.sources[0]?.begin.isDecided).toBe(false);
    await first.begin();
    const second = assemble();
    expect(second.sources[0]?.begin.isDecided).toBe(true);
    const evidence = (relay: typeof first) => relay.shared.destinations.get('splunk')?.evidence;
    expect(evidence(second)).toBe(evidence(first));
    expect(second.shared.memory).toBe(first.shared.memory);
    // What belongs to an invocation's requests does not.
    expect(second.shared.stragglers).not.toBe(first.shared.stragglers);
    expect(second.sources[0]?.deps.correlations).not.toBe(first.sources[0]?.deps.correlations);
  });
});
