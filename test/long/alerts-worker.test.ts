import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startWorker } from '../../lab/worker.ts';
import {
  BURST,
  breakClaims,
  burstOf,
  SLACK,
  startAlertWorld,
  TITLES,
  titleOf,
  untilAllTold,
} from '../support/alert-burst.ts';
import { expectTickets } from '../support/burst-with-kill.ts';

const ALERTS = 2_000;
const HOSTS = 50;
const BLOBS = 4;
const MOST_MESSAGES = 5;
const TWO_MINUTES = 120_000;

it.each([false, true])(
  '2,000 alerts on 50 hosts in workerd become a handful of messages within two minutes; the Worker is killed: %s',
  {
    timeout: 5 * TWO_MINUTES,
  },
  async (isKilled) => {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-worker-alerts-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    await mkdir(join(folder, 'worker'));
    const world = await startAlertWorld({ folder, by: 'bot' });
    onTestFinished(() => world.close());
    const start = {
      folder: join(folder, 'worker'),
      configFile: world.configFile,
      signal: new AbortController().signal,
      variables: {
        ...world.variables,
        XDR_RELAY_QUEUE: 'azure',
        XDR_RELAY_DRAIN_SECONDS: '5',
        XDR_RELAY_INVOCATION_BYTES: '200000',
      },
    };
    let worker = await startWorker(start);
    onTestFinished(() => worker.stop());
    const began = performance.now();
    for (const [n, rows] of burstOf(ALERTS, BLOBS).entries()) {
      await world.write(rows, { hoursAgo: n, hosts: HOSTS, endpoint: worker.origin });
    }
    // The first one makes the container of the state.
    await worker.cron();
    if (isKilled) {
      const ticking = (async () => {
        // It fails when workerd is killed under it.
        while (world.told.length === 0) await worker.cron().catch(() => delay(100));
      })();
      while (world.told.length === 0 && performance.now() - began < TWO_MINUTES) await delay(20);
      await worker.kill();
      await ticking;
      worker = await startWorker({ ...start, port: Number(new URL(worker.origin).port) });
      await breakClaims(world);
    }
    await untilAllTold(world, () => worker.cron());
    const took = Math.round(performance.now() - began);
    const onBurst = world.told.filter(({ text, isNew }) => isNew && text.includes(titleOf(BURST)));
    console.log(`${onBurst.length} messages on ${ALERTS} alerts; all ${ALERTS + 3} counted after ${took} ms`);
    await worker.cron();
    expect(world.complaints()).toEqual([]);
    expect(world.ledger.account(SLACK)).toMatchObject({
      expected: ALERTS + 3,
      unexpected: 0,
      deadLetters: 0,
    });
    for (const title of TITLES) {
      expect(
        world.told.some(({ text }) => text.includes(title)),
        title,
      ).toBe(true);
    }
    expect(onBurst.length).toBeLessThanOrEqual(MOST_MESSAGES);
    await expectTickets(world);
    // The kill costs the time that another Worker needs to begin.
    if (!isKilled) expect(took).toBeLessThanOrEqual(TWO_MINUTES);
  },
);
