/** An append blob of a table as Defender writes it: it grows in uneven pieces, and some rows lack their line end for some time. */

import type { Random } from '../lab/generator/random.ts';
import { GrowingBlob } from '../lab/growing-blob.ts';
import { hourFolder } from '../src/shared/blob-ref.ts';
import { containerOf, type Table } from './marks.ts';
import { noteRow, type ProducerOptions } from './note-row.ts';
import type { RecordedRow } from './recorder.ts';
import { RowMaker, TENANT } from './rows.ts';
import { appendOnce, createContainer, createOnce } from './stored-writes.ts';

const HOUR_MS = 3_600_000;
const LINE_END = Buffer.from('\r\n');

export interface TableBlobOptions {
  readonly table: Table;
  /** The number of the blob among those of its table. */
  readonly n: number;
  readonly random: Random;
}

export class TableBlob {
  readonly #options: ProducerOptions;
  readonly #ref: { readonly container: string; readonly name: string };
  readonly #blob: GrowingBlob;
  readonly #rows: RowMaker;
  readonly #random: Random;
  #unterminated = false;
  /** The rows that are not completely in the storage yet, in order. */
  #unwritten: RecordedRow[] = [];

  constructor(options: ProducerOptions, { table, n, random }: TableBlobOptions) {
    const { service, signal, herald, account, bulk, alarms } = options;
    this.#options = options;
    this.#random = random;
    const hour = Date.now() - random.int(0, 3) * HOUR_MS;
    const container = containerOf(table);
    const name = `tenantId=${TENANT}/${hourFolder(hour)}m=00/PT1H${n === 0 ? '' : `_${n}`}.json`;
    this.#ref = { container, name };
    this.#rows = new RowMaker({ random, table, label: `${table}/${n}`, bulk, alarms });
    const client = service.getContainerClient(container).getAppendBlobClient(name);
    this.#blob = new GrowingBlob({
      async create() {
        await createContainer(service.getContainerClient(container), signal);
        await createOnce(client, signal);
        herald.announce({ account, container, name }, 'unreliably');
      },
      append: (bytes, position) => appendOnce(client, bytes, position, signal),
    });
  }

  async create(): Promise<void> {
    await this.#blob.create();
  }

  /** Adds rows, and appends a piece that may end anywhere, also within a row. */
  async grow(rows: number): Promise<void> {
    if (this.#unterminated && rows > 0) {
      this.#blob.add(LINE_END);
      this.#unterminated = false;
    }
    for (let i = 0; i < rows; i++) {
      const row = this.#rows.next();
      const bytes = Buffer.from(`${row.text}\r\n`);
      const offset = this.#blob.length;
      this.#unwritten.push(noteRow(this.#options, this.#ref, row, { offset, end: offset + bytes.length }));
      this.#blob.add(bytes);
      if (this.#random.chance(0.01)) this.#blob.add(LINE_END);
    }
    const held = this.#random.chance(0.6) ? this.#random.int(1, 600) : 0;
    await this.#append(Math.max(0, this.#blob.pendingBytes - held));
  }

  async flush(): Promise<void> {
    await this.#append(this.#blob.pendingBytes);
  }

  /** Appends the rest; sometimes the last row stays without a line end. */
  async end(): Promise<void> {
    this.#unterminated = this.#random.chance(0.3) && this.#blob.takeBack(LINE_END);
    await this.flush();
  }

  async #append(length: number): Promise<void> {
    if (length === 0) return;
    await this.#blob.append(length);
    const now = this.#options.recorder.now();
    for (let row = this.#unwritten[0]; row && row.end <= this.#blob.written; row = this.#unwritten[0]) {
      row.at = now;
      this.#unwritten.shift();
    }
  }
}
