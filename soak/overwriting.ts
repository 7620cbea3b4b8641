/** Writes block blobs and later replaces their content in place. */
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../lab/generator/random.ts';
import { blobPath, hourFolder } from '../src/shared/blob-ref.ts';
import { containerOf, TABLES } from './marks.ts';
import { noteRow, type ProducerOptions } from './note-row.ts';
import type { RecordedRow } from './recorder.ts';
import { type MadeRow, RowMaker, TENANT } from './rows.ts';
import { createContainer, putBlocks } from './stored-writes.ts';

const HOUR_MS = 3_600_000;
const ROWS = { least: 8, most: 30 } as const;

/** How the second content of a blob differs from the first. `grown`: it begins with all of the first, so nothing is lost. */
const CHANGES = ['same_length', 'longer', 'shorter', 'grown'] as const;

/**
 * Writes block blobs, and later replaces their content in place by a block list, which keeps the creation time and perhaps the length. Rows
 * that were not read before are lost; the new rows must arrive.
 */
export async function produceOverwrites(options: ProducerOptions): Promise<void> {
  const { durationMs, recorder, signal, service, herald, account } = options;
  const random = createRandom(options.seed + 15_485_863);
  for (let n = 0; recorder.now() < durationMs; n++) {
    await delay(Math.min(random.int(4_000, 10_000), durationMs / 3), undefined, { signal });
    const table = random.pick(TABLES);
    const maker = new RowMaker({
      random,
      table,
      label: `overwritten/${n}`,
      bulk: options.bulk,
      alarms: [],
    });
    const container = containerOf(table);
    const name = `tenantId=${TENANT}/${hourFolder(Date.now() - HOUR_MS)}m=00/overwritten_${n}.json`;
    const change = random.pick(CHANGES);
    const waitMs = Math.min(random.int(1_000, 12_000), durationMs / 4);
    const client = service.getContainerClient(container).getBlockBlobClient(name);
    const put = async (rows: readonly MadeRow[], generation: number, known: readonly RecordedRow[]) => {
      const noted = noteLines(options, { container, name, generation }, rows.slice(known.length), known);
      await putBlocks(client, Buffer.from(rows.map(({ text }) => `${text}\r\n`).join('')), signal);
      for (const row of noted) row.at = recorder.now();
      herald.announce({ account, container, name }, 'surely');
      return [...known, ...noted];
    };
    await createContainer(service.getContainerClient(container), signal);
    const first = rowsOf(maker, random.int(ROWS.least, ROWS.most));
    const known = await put(first, 0, []);
    await delay(waitMs, undefined, { signal });
    recorder.fault(`blob overwritten, ${change}`);
    recorder.note(`overwrite ${container}/${name} (${change})`);
    if (change === 'grown') {
      await put([...first, ...rowsOf(maker, 10)], 0, known);
      continue;
    }
    const siblings = first.map((row) => maker.sibling(row));
    const second = {
      same_length: siblings,
      longer: [...siblings, ...rowsOf(maker, 10)],
      shorter: siblings.slice(0, siblings.length >> 1),
    }[change];
    recorder.overwrites.push({
      blob: blobPath({ account: '', container, name }),
      generation: 1,
      at: recorder.now(),
    });
    await put(second, 1, []);
  }
}

function rowsOf(maker: RowMaker, count: number): MadeRow[] {
  const rows: MadeRow[] = [];
  while (rows.length < count) {
    const row = maker.next();
    if (row.kind !== 'bad' && row.kind !== 'large' && row.kind !== 'copy') rows.push(row);
  }
  return rows;
}

function noteLines(
  options: ProducerOptions,
  blob: { readonly container: string; readonly name: string; readonly generation: number },
  rows: readonly MadeRow[],
  before: readonly RecordedRow[],
): RecordedRow[] {
  let offset = before.at(-1)?.end ?? 0;
  return rows.map((row) => {
    const end = offset + Buffer.byteLength(row.text) + 2;
    const noted = noteRow(options, blob, row, { offset, end });
    offset = end;
    return noted;
  });
}
