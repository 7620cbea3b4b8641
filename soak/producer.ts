/** Writes the append blobs of a soak. */
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createRandom, type Random } from '../lab/generator/random.ts';
import { hourFolder } from '../src/shared/blob-ref.ts';
import { containerOf, TABLES, type Table } from './marks.ts';
import { noteRow, type ProducerOptions } from './note-row.ts';
import { produceOverwrites } from './overwriting.ts';
import { type MadeRow, RowMaker, TENANT } from './rows.ts';
import { createContainer, putOnce } from './stored-writes.ts';
import { TableBlob } from './table-blob.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 350;

/** Writes blobs as Defender does, but faster. Resolves when all rows are written. */
export async function produce(options: ProducerOptions): Promise<void> {
  await Promise.all([
    ...TABLES.map((table, index) => produceTable(options, table, index)),
    produceBlockBlobs(options),
    produceOverwrites(options),
  ]);
}

/** Writes append blobs in sequence, each for one of the last few hours and growing in uneven pieces. */
async function produceTable(options: ProducerOptions, table: Table, index: number): Promise<void> {
  const { durationMs, recorder, signal } = options;
  const late: Promise<void>[] = [];
  for (let n = 0; recorder.now() < durationMs; n++) {
    const random = createRandom(options.seed * 7919 + index * 1_009 + n);
    const blob = new TableBlob(options, { table, n, random });
    const lifeMs = Math.min(random.int(12_000, 32_000), durationMs / 2);
    await blob.create();
    for (let lived = 0; lived < lifeMs; ) {
      const waitMs = random.int(STEP_MS / 3, (STEP_MS * 5) / 3);
      await delay(waitMs, undefined, { signal });
      lived += waitMs;
      const rows = random.int(0, Math.round((2 * options.rate * waitMs) / 1000 / TABLES.length));
      await blob.grow(rows);
      if (random.chance(0.03)) {
        await blob.flush();
        const pauseMs = options.latenessMs + random.int(1_000, 4_000);
        await delay(Math.min(pauseMs, durationMs / 4), undefined, { signal });
        lived += pauseMs;
      }
    }
    await blob.end();
    // Some blobs grow again after the relay has closed them.
    if (random.chance(0.5)) late.push(growLate(blob, random, options));
  }
  await Promise.all(late);
}

async function growLate(blob: TableBlob, random: Random, options: ProducerOptions): Promise<void> {
  const waitMs = Math.min(random.int(6_000, 25_000), options.durationMs / 4);
  await delay(waitMs, undefined, { signal: options.signal });
  await blob.grow(random.int(3, 30));
  await blob.end();
}

/** Sometimes writes a whole file, in one of the formats, as an export would. */
async function produceBlockBlobs(options: ProducerOptions): Promise<void> {
  const { durationMs, recorder, signal, service, herald, account } = options;
  const random = createRandom(options.seed + 104_729);
  for (let n = 0; recorder.now() < durationMs; n++) {
    await delay(Math.min(random.int(6_000, 14_000), durationMs / 3), undefined, { signal });
    const table = random.pick(TABLES);
    const maker = new RowMaker({
      random,
      table,
      label: `block/${n}`,
      bulk: options.bulk,
      alarms: options.alarms,
    });
    const form = random.pick(['array', 'records', 'lines', 'gzip'] as const);
    // No sweep finds a blob without an hour in its path, so its notification must be sent.
    const isHourly = random.chance(0.5);
    const name = `tenantId=${TENANT}/${isHourly ? `${hourFolder(Date.now() - HOUR_MS)}m=00` : 'export'}/block_${n}.json`;
    const container = containerOf(table);
    const made: MadeRow[] = [];
    while (made.length < 40) {
      const row = maker.next();
      if (row.kind !== 'bad') made.push(row);
    }
    const [open, between, close] = {
      array: ['[', ',\n', ']'] as const,
      records: ['{"records":[', ',', ']}'] as const,
      lines: ['\ufeff', '\n', '\n'] as const,
      gzip: ['', '\r\n', '\r\n'] as const,
    }[form];
    let length = Buffer.byteLength(open);
    const noted = made.map((row) => {
      const offset = length;
      const end = offset + Buffer.byteLength(row.text);
      length = end + between.length;
      return noteRow(options, { container, name }, row, { offset, end });
    });
    const text = open + made.map((row) => row.text).join(between) + close;
    const content = form === 'gzip' ? gzipSync(text) : Buffer.from(text);
    await createContainer(service.getContainerClient(container), signal);
    await putOnce(service.getContainerClient(container).getBlockBlobClient(name), content, signal);
    for (const row of noted) row.at = recorder.now();
    herald.announce({ account, container, name }, isHourly ? 'unreliably' : 'surely');
  }
}

/** Writes a blob with one row for every destination, because a destination that receives nothing cannot prove that it is alive. */
export async function produceHeartbeat(options: ProducerOptions, n: number): Promise<void> {
  const { service, account, herald, recorder, signal } = options;
  const [table] = TABLES;
  const random = createRandom(options.seed + 32_452_843 + n);
  const row = new RowMaker({ ...options, random, table, label: `heartbeat/${n}` }).alarm();
  const blob = { container: containerOf(table), name: `tenantId=${TENANT}/export/heartbeat_${n}.json` };
  const content = Buffer.from(`${row.text}\r\n`);
  const noted = noteRow(options, blob, row, { offset: 0, end: content.length });
  await createContainer(service.getContainerClient(blob.container), signal);
  await putOnce(service.getContainerClient(blob.container).getBlockBlobClient(blob.name), content, signal);
  noted.at = recorder.now();
  herald.announce({ account, ...blob }, 'surely');
}
