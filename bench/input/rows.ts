/** Generates the rows that are measured with, always the same. */
import type { Columns } from '../../lab/generator/columns.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { TABLES } from '../../lab/generator/tables/index.ts';
import { createWorld } from '../../lab/generator/world.ts';
import type { BenchRow } from './row-file.ts';

const SEED = 11;
/** When the rows happened. */
const START = Date.UTC(2026, 10, 23, 7);
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const WORK_TABLES = ['DeviceProcessEvents', 'DeviceNetworkEvents'] as const;

/** Bytes of each row of W: those that the goals were set with. */
export const WORK_ROW_BYTES = 1_676;

/** W: rows of two tables in turn, whole columns of them and as much text as makes 1,676 bytes. All are different. */
export function* workRows(): Generator<BenchRow, never> {
  const world = createWorld(SEED);
  const tables = WORK_TABLES.map((name) => TABLES.find((table) => table.name === name));
  for (let n = 0; ; n++) {
    const table = tables[n % tables.length];
    if (!table) throw new Error('the generator lacks a table of W');
    const at = START + n * 11;
    yield { table: table.name, line: rowOfSize(table.name, table.everyday(world, at), n) };
  }
}

/** A row of exactly {@link WORK_ROW_BYTES}: its first columns, and one of text of the others. */
function rowOfSize(table: string, columns: Columns, n: number): Buffer {
  const time = new Date(START + n * 11).toISOString();
  const head = `{"time":"${time}","tenantId":"${TENANT}","operationName":"Publish","category":"AdvancedHunting-${table}","properties":{"ReportId":${n}`;
  const tail = '"},"Tenant":"DefaultTenant"}\r\n';
  const filler = ',"AdditionalFields":"';
  let text = head;
  let left = WORK_ROW_BYTES - Buffer.byteLength(head) - filler.length - tail.length;
  let rest = '';
  for (const [name, value] of Object.entries(columns)) {
    if (name === 'ReportId' || name === 'AdditionalFields') continue;
    const column = `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
    const bytes = Buffer.byteLength(column);
    if (bytes > left) {
      rest += ` ${String(value).replaceAll(/[^\w .:/-]/g, ' ')}`;
      continue;
    }
    text += column;
    left -= bytes;
  }
  const words = ` ${n} ${rest} `;
  return Buffer.from(`${text}${filler}${words.repeat(Math.ceil(left / words.length)).slice(0, left)}${tail}`);
}

/** Rows of all sixteen tables of the generator, with an intrusion now and then and with rows that come twice. */
export function* mixedRows(): Generator<BenchRow, never> {
  let now = START;
  const generator = createGenerator({
    seed: SEED,
    now: () => {
      now += 3;
      return now;
    },
  });
  for (;;) yield generator.next();
}

/** Rows of the two tables of W in turn, of about so many bytes: few columns, one of them long where that is needed. */
export function* sizedRows(bytes: number): Generator<BenchRow, never> {
  const words = 'powershell.exe -NoProfile -File C:\\\\Scripts\\\\backup.ps1 --target srv-files-01 ';
  for (let n = 0; ; n++) {
    const table = WORK_TABLES[n % WORK_TABLES.length] ?? WORK_TABLES[0];
    const head = `{"category":"AdvancedHunting-${table}","properties":{"DeviceName":"d","N":${n},"T":"`;
    const tail = '"}}\r\n';
    const left = Math.max(0, bytes - head.length - tail.length);
    let text = words.repeat(Math.ceil(left / words.length)).slice(0, left);
    // A cut within an escape would not be JSON.
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) text = `${text.slice(0, -1)}x`;
    yield { table, line: Buffer.from(`${head}${text}${tail}`) };
  }
}
