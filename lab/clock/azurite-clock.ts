/** Runs an Azurite whose wall clock a test can move, so that leases expire when the test wants, not in real time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { type Azurite, startAzurite } from '../azurite.ts';
import { shiftedEnvironment } from './shifted-environment.ts';

export interface ClockedAzurite extends Azurite {
  /** Moves the clock forward by at least 5,000 ms; resolves once Azurite uses the new time. */
  pass(ms: number): Promise<void>;
}

/** The times in its responses are whole seconds, so they may lag by so much. Milliseconds. */
const TOLD_LATE_MS = 1_000;
const LOOK_MS = 20;

/** Starts Azurite in memory with a separate clock. */
export async function startClockedAzurite(): Promise<ClockedAzurite> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-clock-'));
  const clockFile = join(folder, 'clock');
  await writeFile(clockFile, '0');
  const azurite = await startAzurite({ env: shiftedEnvironment(clockFile) });
  // A container's time of change is by the shifted clock; the `Date` header of responses is not.
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
      // Azurite reads the file at intervals, which depend on the load of the machine.
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
