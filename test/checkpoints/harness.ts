/** What the contract suites of the checkpoint store share. */
import type { Checkpoint } from '../../src/checkpoints/checkpoint.ts';
import type { CheckpointStore } from '../../src/checkpoints/port.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';

/** The store under test, as two consumers see it. */
export interface CheckpointStoreHarness {
  readonly one: CheckpointStore;
  readonly two: CheckpointStore;
  /** How many checkpoints it lists, more than a page of the service holds. */
  readonly many: number;
  /** Lets every claim run out that is not renewed. */
  expire(): Promise<void>;
}

export const CONTAINER = 'insights-logs-advancedhunting-deviceevents';

export const SPLUNK = { destination: 'splunk', replay: false };

let count = 0;

/** A blob that no test has used. */
export function fresh(folder = 'tenantId=t/y=2026/m=11/d=23/h=07/m=00'): BlobRef {
  count += 1;
  return { account: 'contoso', container: CONTAINER, name: `${folder}/PT1H_${count}.json` };
}

export function checkpoint(some: Partial<Checkpoint>): Checkpoint {
  return {
    v: 1,
    createdOn: 1000,
    length: 0,
    grownOn: 2000,
    format: 'lines',
    closed: false,
    destinations: {},
    replays: {},
    ...some,
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
