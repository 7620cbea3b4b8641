import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, onTestFinished } from 'vitest';
import { burstWithKill } from '../support/burst-with-kill.ts';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-alerts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

const atTheEnd = (close: () => Promise<unknown>) => onTestFinished(async () => void (await close()));

it('2,000 equal alerts on 50 hosts become a handful of messages that count all of them, though one of two consumers is killed', async () => {
  await burstWithKill({ folder: await emptyFolder(), by: 'webhook', isAlone: false }, atTheEnd);
});
