/** Tables that grow: an append blob each, as Defender writes them, whose rows carry marks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendBlobClient } from '@azure/storage-blob';
import { blobName } from '../lab/writer.ts';
import type { RelayProcess } from './relay-process.ts';

export interface GrowingTables {
  /** Appends to every table in turn, again and again, each time `everyMs` after the last, so many times. */
  grow(plan: GrowthPlan): Promise<Growth>;
}

export interface GrowthPlan {
  readonly times: number;
  readonly everyMs: number;
  readonly rows: number;
  readonly signal: AbortSignal;
}

export interface Growth {
  readonly appends: number;
  /** When the append that holds the marked row was answered; milliseconds since the epoch. */
  readonly written: ReadonlyMap<string, number>;
}

const TEXT = 'powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\\Scripts\\backup.ps1 ';

/** Creates and announces the blobs. */
export async function createTables(relay: RelayProcess, count: number): Promise<GrowingTables> {
  const blobs: AppendBlobClient[] = [];
  const name = blobName('72f988bf-86f1-41af-91ab-2d7cd011db47', Date.now());
  for (let n = 0; n < count; n++) {
    const container = relay.service.getContainerClient(`insights-logs-advancedhunting-table${n}`);
    await container.createIfNotExists();
    const blob = container.getAppendBlobClient(name);
    await blob.create();
    await relay.announce(container.containerName, name);
    blobs.push(blob);
  }
  let number = 0;
  return {
    async grow({ times, everyMs, rows, signal }) {
      const written = new Map<string, number>();
      const growTable = async (blob: AppendBlobClient, table: number) => {
        await delay((everyMs * table) / count, undefined, { signal });
        for (let time = 0; time < times; time++) {
          const next = delay(everyMs, undefined, { signal });
          // Where the run ends, nobody waits for it.
          next.catch(() => {});
          const marks = Array.from({ length: rows }, () => `t${table}-${number++}`);
          const text = marks.map((mark) => rowText(table, mark)).join('');
          await blob.appendBlock(text, Buffer.byteLength(text), { abortSignal: signal });
          const at = performance.timeOrigin + performance.now();
          for (const mark of marks) written.set(mark, at);
          await next;
        }
      };
      await Promise.all(blobs.map(growTable));
      return { appends: times * blobs.length, written };
    },
  };
}

/** About 1.7 KB, as Defender's rows are. */
function rowText(table: number, mark: string): string {
  const properties = {
    Timestamp: new Date().toISOString(),
    Mark: mark,
    DeviceName: 'ws-nunez-12.kestrelmarine.example',
    ProcessCommandLine: TEXT.repeat(18),
  };
  return `${JSON.stringify({
    time: new Date().toISOString(),
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    category: `AdvancedHunting-Table${table}`,
    properties,
  })}\r\n`;
}
