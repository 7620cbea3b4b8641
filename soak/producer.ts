/** Writes the append blobs of a soak. */
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { BlobServiceClient } from '@azure/storage-blob';
import { createRandom, type Random } from '../lab/generator/random.ts';
import { blobPath, hourFolder } from '../src/shared/blob-ref.ts';
import type { Herald } from './herald.ts';
import { containerOf, TABLES, type Table } from './marks.ts';
import { produceOverwrites } from './overwriting.ts';
import type { RecordedRow, Recorder } from './recorder.ts';
import { type MadeRow, RowMaker, TENANT } from './rows.ts';
import { appendOnce, createContainer, createOnce, putOnce } from './stored-writes.ts';

export interface ProducerOptions {
  readonly service: BlobServiceClient;
  readonly account: string;
  readonly seed: number;
  readonly durationMs: number;
  /** Rows a second, over all tables. */
  readonly rate: number;
  /** Milliseconds without growth after which the relay takes a blob of an hour that is over for closed. */
  readonly latenessMs: number;
  /** The destinations that get every row, and the one that gets alarms besides. */
  readonly bulk: readonly string[];
  readonly alarms: string | undefined;
  readonly herald: Herald;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

const HOUR_MS = 3_600_000;
const STEP_MS = 350;

/** Writes blobs as Defender does, only faster: resolves when all rows are written. */
export async function produce(options: ProducerOptions): Promise<void> {
  await Promise.all([
    ...TABLES.map((table, index) => produceTable(options, table, index)),
    produceBlockBlobs(options),
    produceOverwrites(options),
  ]);
}

/** One append blob after the other, each for some hour of the last few, each growing in uneven pieces. */
async function produceTable(options: ProducerOptions, table: Table, index: number): Promise<void> {
  const { durationMs, recorder, signal } = options;
  const late: Promise<void>[] = [];
  for (let n = 0; recorder.now() < durationMs; n++) {
    const random = createRandom(options.seed * 7919 + index * 1_009 + n);
    const blob = new GrowingBlob(options, table, n, random);
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
    // After it was taken for closed, some grow again.
    if (random.chance(0.5)) late.push(growLate(blob, random, options));
  }
  await Promise.all(late);
}

async function growLate(blob: GrowingBlob, random: Random, options: ProducerOptions): Promise<void> {
  const waitMs = Math.min(random.int(6_000, 25_000), options.durationMs / 4);
  await delay(waitMs, undefined, { signal: options.signal });
  await blob.grow(random.int(3, 30));
  await blob.end();
}

class GrowingBlob {
  readonly #options: ProducerOptions;
  readonly #container: string;
  readonly #name: string;
  readonly #rows: RowMaker;
  readonly #random: Random;
  #pending = Buffer.alloc(0);
  #written = 0;
  #unterminated = false;
  /** Rows that are not wholly in the storage yet, in order. */
  #unwritten: RecordedRow[] = [];

  constructor(options: ProducerOptions, table: Table, n: number, random: Random) {
    this.#options = options;
    this.#container = containerOf(table);
    const hour = Date.now() - random.int(0, 3) * HOUR_MS;
    this.#name = `tenantId=${TENANT}/${hourFolder(hour)}m=00/PT1H${n === 0 ? '' : `_${n}`}.json`;
    this.#rows = new RowMaker({
      random,
      table,
      label: `${table}/${n}`,
      bulk: options.bulk,
      alarms: options.alarms,
    });
    this.#random = random;
  }

  get #blob() {
    return { container: this.#container, name: this.#name };
  }

  get #client() {
    return this.#options.service.getContainerClient(this.#container).getAppendBlobClient(this.#name);
  }

  async create(): Promise<void> {
    const { service, signal, herald, account } = this.#options;
    await createContainer(service.getContainerClient(this.#container), signal);
    await createOnce(this.#client, signal);
    herald.announce({ account, container: this.#container, name: this.#name }, 'unreliably');
  }

  /** Adds rows and appends a piece that may end anywhere. */
  async grow(rows: number): Promise<void> {
    if (this.#unterminated && rows > 0) {
      this.#add(Buffer.from('\r\n'));
      this.#unterminated = false;
    }
    for (let i = 0; i < rows; i++) {
      const row = this.#rows.next();
      const bytes = Buffer.from(`${row.text}\r\n`);
      const place = { offset: this.#length, end: this.#length + bytes.length };
      this.#unwritten.push(noteRow(this.#options, this.#blob, row, place));
      this.#add(bytes);
      if (this.#random.chance(0.01)) this.#add(Buffer.from('\r\n'));
    }
    const held = this.#random.chance(0.6) ? this.#random.int(1, 600) : 0;
    await this.#append(Math.max(0, this.#pending.length - held));
  }

  async flush(): Promise<void> {
    await this.#append(this.#pending.length);
  }

  /** Appends what is left; sometimes the last row stays without its line end. */
  async end(): Promise<void> {
    const row = this.#random.chance(0.3);
    this.#unterminated = row && this.#pending.subarray(-2).equals(Buffer.from('\r\n'));
    if (this.#unterminated) this.#pending = this.#pending.subarray(0, -2);
    await this.flush();
  }

  get #length(): number {
    return this.#written + this.#pending.length;
  }

  #add(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
  }

  async #append(length: number): Promise<void> {
    if (length === 0) return;
    const piece = this.#pending.subarray(0, length);
    await appendOnce(this.#client, piece, this.#written, this.#options.signal);
    this.#written += length;
    this.#pending = this.#pending.subarray(length);
    const now = this.#options.recorder.now();
    for (let row = this.#unwritten[0]; row && row.end <= this.#written; row = this.#unwritten[0]) {
      row.at = now;
      this.#unwritten.shift();
    }
  }
}

/** Now and then somebody exports a whole file, in one of its forms. */
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
    // Without an hour in its path no sweep finds it: its notification must come.
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

/** Writes one blob with one row for every destination: a destination that gets nothing cannot prove that it lives. */
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

interface WrittenBlob {
  readonly container: string;
  readonly name: string;
  readonly generation?: number;
}

/** A row goes into the record before it goes into the storage: it may arrive before the storage answers. */
export function noteRow(
  { recorder, bulk, alarms }: ProducerOptions,
  { container, name, generation }: WrittenBlob,
  { id, kind, poison }: MadeRow,
  place: { readonly offset: number; readonly end: number },
): RecordedRow {
  const nowhere = kind === 'bad' || kind === 'noise';
  const to = nowhere ? [] : kind === 'alarm' && alarms !== undefined ? [...bulk, alarms] : bulk;
  return recorder.row({
    blob: blobPath({ account: '', container, name }),
    ...place,
    id,
    to,
    poison,
    generation,
  });
}
