/** Generates rows as Defender writes them, in a plausible mix. */
import { eventId } from '../../src/shared/event-id.ts';
import { attack, type Scene } from './attack.ts';
import type { Columns } from './columns.ts';
import type { Table } from './table.ts';
import { TABLES } from './tables/index.ts';
import { envelopeTime } from './timestamps.ts';
import { createWorld, type World } from './world.ts';

/** One row as Defender appends it to its table's blob. */
export interface GeneratedRow {
  readonly table: string;
  readonly category: string;
  /** The event id, which both copies of a row have that is written twice. */
  readonly id: string;
  /** The bytes, CRLF included. */
  readonly line: Buffer;
  /** Whether the row is part of an intrusion, so that no filter may drop it. */
  readonly attack: boolean;
  /** Whether this is the second copy of an earlier row, with the same `properties` but another `time` in the envelope. */
  readonly copy: boolean;
}

export interface GeneratorOptions {
  readonly seed: number;
  /** Returns when the next row reaches Azure, ms since the epoch. Equal clocks and seeds give equal rows. */
  readonly now: () => number;
  /** About how many rows there are per intrusion, the first of which comes early; 0 for none. Default 2,000. */
  readonly attackEvery?: number;
  /** The part of the rows that are written twice. Default 0.03, as measured in live tenants. */
  readonly copies?: number;
}

export interface Generator {
  readonly tenantId: string;
  next(): GeneratedRow;
}

interface Draft {
  readonly table: string;
  readonly category: string;
  readonly id: string;
  readonly properties: string;
  readonly attack: boolean;
}

/** How many copies may wait to be written, which limits memory. */
const WAITING_COPIES = 256;

/** Makes a generator of rows of a small company's quiet week, with an intrusion at times. */
export function createGenerator(options: GeneratorOptions): Generator {
  const world = createWorld(options.seed);
  const { random, company } = world;
  const attackEvery = options.attackEvery ?? 2000;
  const copies = options.copies ?? 0.03;
  const pickTable = weighted(TABLES);
  const waiting: Draft[] = [];
  let scenes: Scene[] = [];
  let story = { startedAt: 0, span: 1 };
  let untilAttack = attackEvery > 0 ? Math.ceil(attackEvery * 0.1) : Number.POSITIVE_INFINITY;

  const draft = (table: string, columns: Columns, isAttack: boolean): Draft => {
    const category = `AdvancedHunting-${table}`;
    const properties = JSON.stringify(columns);
    return { table, category, id: eventId(category, properties), properties, attack: isAttack };
  };

  const fresh = (now: number): Draft => {
    // Defender hands a row over one to seven minutes after it happened.
    const at = now - random.int(60_000, 420_000);
    if (--untilAttack <= 0 && scenes.length === 0) {
      untilAttack = Math.ceil(attackEvery * (0.5 + random.next()));
      scenes = [...attack(world)];
      story = { startedAt: at, span: 1 + (scenes.at(-1)?.second ?? 0) * 1000 };
    }
    // The rows of the intrusion are spread over a few hundred rows, and its half hour is compressed into the time that has passed.
    if (scenes.length > 0 && random.chance(0.12)) {
      const scene = scenes.shift();
      if (scene) {
        const squeezed = story.startedAt + (scene.second * 1000 * 60_000) / story.span;
        return draft(scene.table, scene.columns(Math.round(squeezed)), true);
      }
    }
    const table = pickTable(random.next());
    return draft(table.name, table.everyday(world, at), false);
  };

  return {
    tenantId: company.tenantId,
    next() {
      const now = options.now();
      const due = waiting.length > 0 && (waiting.length >= WAITING_COPIES || random.chance(copies));
      const copy = due ? waiting.splice(random.int(0, waiting.length - 1), 1)[0] : undefined;
      const row = copy ?? fresh(now);
      if (!copy && waiting.length < WAITING_COPIES && random.chance(copies / (1 - copies))) waiting.push(row);
      return {
        table: row.table,
        category: row.category,
        id: row.id,
        line: Buffer.from(envelope(world, row, now)),
        attack: row.attack,
        copy: copy !== undefined,
      };
    },
  };
}

/** The text of a row: `properties` in the envelope, whose fields are sometimes missing. */
function envelope(world: World, row: Draft, now: number): string {
  const { random, company } = world;
  const time = envelopeTime(now, random);
  const start = `{"time":"${time}","tenantId":"${company.tenantId}"`;
  const kind = random.next();
  if (kind < 0.08) return `${start},"category":"${row.category}","properties":${row.properties}}\r\n`;
  const received = envelopeTime(now - random.int(20_000, 150_000), random);
  const fields =
    kind < 0.14
      ? ''
      : `,"_TimeReceivedBySvc":"${row.table.startsWith('Email') ? received.slice(0, -1) : received}"`;
  const tenant = kind < 0.2 ? '' : ',"Tenant":"DefaultTenant"';
  return `${start},"operationName":"Publish","category":"${row.category}"${fields},"properties":${row.properties}${tenant}}\r\n`;
}

function weighted(tables: readonly Table[]): (chance: number) => Table {
  const total = tables.reduce((sum, table) => sum + table.share, 0);
  const wheel = tables.flatMap((table) => Array.from({ length: table.share }, () => table));
  return (chance) => {
    const table = wheel[Math.floor(chance * total)];
    if (table === undefined) throw new RangeError('chance is at least 0 and less than 1');
    return table;
  };
}
