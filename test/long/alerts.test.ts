import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startServe } from '../../lab/serve.ts';
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
import { burstWithKill } from '../support/burst-with-kill.ts';

const ALERTS = 20_000;
const HOSTS = 400;
const BLOBS = 4;
const MOST_MESSAGES = 5;
const TEN_MINUTES = 600_000;

it('2,000 alerts become a handful of messages of a bot, told by consumers of two threads each', {
  timeout: TEN_MINUTES,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-bot-alerts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  await burstWithKill({ folder, by: 'bot', threads: 2, isAlone: true }, (close) =>
    onTestFinished(async () => void (await close())),
  );
});

it('20,000 alerts on 400 hosts become a handful of messages, though a consumer is killed', {
  timeout: TEN_MINUTES,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-many-alerts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const world = await startAlertWorld({ folder, by: 'webhook' });
  onTestFinished(() => world.close());
  const consumer = async () => {
    const process = await startServe({ configFile: world.configFile, env: world.variables });
    onTestFinished(async () => void (await process.stop('SIGKILL')));
    return process;
  };
  const [victim, survivor] = await Promise.all([consumer(), consumer()]);
  const start = performance.now();
  for (const [n, rows] of burstOf(ALERTS, BLOBS).entries()) {
    await world.write(rows, { hoursAgo: n, hosts: HOSTS, endpoint: (n % 2 === 0 ? victim : survivor).url });
  }
  while (world.told.length === 0 && performance.now() - start < 60_000) await delay(20);
  await victim.stop('SIGKILL');
  await breakClaims(world);
  await untilAllTold(world);
  const took = Math.round(performance.now() - start);
  // Whatever waits for its turn comes now.
  await delay(12_000);
  console.log(`${world.told.length} messages for ${ALERTS + 3} alerts, all of them counted after ${took} ms`);
  expect(world.complaints()).toEqual([]);
  expect(world.ledger.account(SLACK)).toMatchObject({ expected: ALERTS + 3, unexpected: 0, deadLetters: 0 });
  for (const title of TITLES) {
    expect(
      world.told.some(({ text }) => text.includes(title)),
      title,
    ).toBe(true);
  }
  const onBurst = world.told.filter(({ text, isNew }) => isNew && text.includes(titleOf(BURST)));
  expect(onBurst.length).toBeLessThanOrEqual(MOST_MESSAGES);
});
