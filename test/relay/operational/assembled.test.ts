/** A whole relay tells Teams and PagerDuty of its own troubles: from the document of a breaker to what the products have received. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../../lab/memory/ports.ts';
import { Sink } from '../../../lab/memory/sink.ts';
import { PAGERDUTY_KEY, startPagerdutyReceiver } from '../../../lab/receivers/pagerduty.ts';
import { startTeamsReceiver } from '../../../lab/receivers/teams.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { breakerDocument } from '../../../src/delivery/breaker.ts';
import { createDestination } from '../../../src/destinations/create.ts';
import { destinationSchema } from '../../../src/destinations/list.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { assembleRelay, type Relay } from '../../../src/relay/assemble.ts';
import { createProcessState } from '../../../src/relay/process-state.ts';
import { depsOf } from '../../destinations/deps.ts';
import { ASSEMBLY, SETTINGS } from '../harness.ts';

const MINUTE = 60_000;
const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('a whole relay', () => {
  it('tells people that a destination is out of service and in service again, once over two consumers', async () => {
    const clock = new FakeClock(Date.UTC(2026, 10, 23, 7), { sleepPasses: true });
    const ports = memoryPorts(clock);
    const teams = await startTeamsReceiver({ store: true });
    const pagerduty = await startPagerdutyReceiver({ store: true });
    closers.push(teams.close, pagerduty.close);
    const made = (name: string, entry: object) =>
      createDestination(
        name,
        destinationSchema.parse({ allow_networks: ['127.0.0.0/8'], ...entry }),
        depsOf(nodeHttpClient, clock),
      );
    const operational = {
      to: ['soc-teams', 'on-call'],
      settleMs: 5 * MINUTE,
      repeatMs: 60 * MINUTE,
      silentAfterMs: 24 * 60 * MINUTE,
    };
    const consumer = (): Relay => {
      const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
      const relay = assembleRelay({
        ports,
        services,
        settings: { ...ASSEMBLY, visits: SETTINGS, operational },
        destinations: new Map([
          ['splunk', new Sink('splunk')],
          ['soc-teams', made('soc-teams', { type: 'teams', webhook_url: teams.url })],
          ['on-call', made('on-call', { type: 'pagerduty', routing_key: PAGERDUTY_KEY, url: pagerduty.url })],
        ]),
        rules: () => ({ version: 'test', evaluate: () => ({ kind: 'filtered', filter: 'all' }) }),
        state: createProcessState({ memoryBytes: 1 << 20 }, services),
      });
      closers.push(() => relay.close());
      return relay;
    };
    const relays = [consumer(), consumer()];
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        await Promise.all(relays.map((relay) => relay.tellTroubles(signal)));
        for (const relay of relays) await relay.sayAlerts({ ms: 5_000, aheadMs: 0, isRegular: true }, signal);
        clock.advance(MINUTE);
      }
    };

    const since = clock.now();
    const record = {
      failures: 3,
      openUntil: since + MINUTE,
      pause: MINUTE,
      code: 'timeout',
      message: 'no answer',
      since,
      probedUntil: 0,
    };
    await ports.documents.put(breakerDocument('splunk'), record, undefined);
    await minutes(20);
    expect(teams.counts.events).toBe(1);
    expect(JSON.stringify(teams.received[0])).toContain('splunk is out of service');
    expect(JSON.stringify(teams.received[0])).toContain('docs/operations.md#a-destination-is-out-of-service');
    const [alert] = pagerduty.alerts.values();
    expect(alert).toMatchObject({ isOpen: true, triggers: 1, last: { payload: { severity: 'error' } } });

    await ports.documents.remove(breakerDocument('splunk'));
    await minutes(20);
    expect(teams.counts.events).toBe(2);
    expect(JSON.stringify(teams.received[1])).toContain('splunk is in service again');
    expect([...pagerduty.alerts.values()]).toMatchObject([{ isOpen: false }]);
  });
});
