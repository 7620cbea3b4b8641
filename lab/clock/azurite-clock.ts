/** An Azurite whose wall clock the test moves: leases run out when the test says so, instead of in real time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { type Azurite, startAzurite } from '../azurite.ts';
import { shiftedEnvironment } from './shifted-environment.ts';

export interface ClockedAzurite extends Azurite {
  /** Moves its clock forward and resolves once it has: at least 5,000 ms at a time. */
  pass(ms: number): Promise<void>;
}

/** Its replies tell whole seconds. Milliseconds. */
const TOLD_LATE_MS = 1_000;
const LOOK_MS = 20;

/** Starts Azurite in memory with a clock of its own. */
export async function startClockedAzurite(): Promise<ClockedAzurite> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-clock-'));
  const clockFile = join(folder, 'clock');
  await writeFile(clockFile, '0');
  const azurite = await startAzurite({ env: shiftedEnvironment(clockFile) });
  // When a container was changed is told by this clock; the replies' own date is not.
  const watched = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    'clock',
  );
  await watched.create();
  let shift = 0;
  return {
    ...azurite,
    async pass(ms) {
      shift += ms;
      await writeFile(clockFile, String(shift));
      // It looks at the file now and then: how soon depends on what else the machine does.
      for (;;) {
        const asked = Date.now();
        const { lastModified } = await watched.setMetadata({});
        if (lastModified !== undefined && lastModified.getTime() >= asked + shift - TOLD_LATE_MS) return;
        await delay(LOOK_MS);
      }
    },
    async stop(signal) {
      await azurite.stop(signal);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
