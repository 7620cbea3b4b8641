/** Makes the rows of a soak, and decides what each does at its destinations. */
import type { Random } from '../lab/generator/random.ts';
import { eventId } from '../src/shared/event-id.ts';
import { ALARM, NOISE, type Poison, ROW_BYTES, RULED_TABLES, type Table, WEBHOOK_BYTES } from './marks.ts';

export const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

/** The kinds of rows. */
export type RowKind = 'plain' | 'noise' | 'alarm' | 'refused' | 'poisoned' | 'large' | 'copy' | 'bad';

/** The ways to fail a row, repeated by their frequency. Silence is rare, because it costs the most time. */
const HOWS = ['500', '500', '500', '403', '403', '409', '409', 'reset', 'reset', 'silence'] as const;
/** The part of the alarm rows that is poisoned for one of the destinations for people. */
const ALARMS_POISONED = 0.15;

export interface MadeRow {
  readonly text: string;
  /** Undefined for an unreadable row. */
  readonly id: string | undefined;
  readonly kind: RowKind;
  readonly poison: Poison | undefined;
}

interface Parts {
  readonly properties: string;
  readonly poison: Poison | undefined;
}

export interface RowMakerOptions {
  readonly random: Random;
  readonly table: Table;
  /** A string that distinguishes this blob's rows from all others. */
  readonly label: string;
  /** The destinations that receive every row. Any of them may be made to fail a row. */
  readonly bulk: readonly string[];
  /** The destinations that receive only alarms. */
  readonly alarms: readonly string[];
}

/** Makes the rows of one blob. All are different, and some are hard to deliver. */
export class RowMaker {
  readonly #options: RowMakerOptions;
  readonly #random: Random;
  #made = 0;
  #last: Parts | undefined;

  constructor(options: RowMakerOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  next(): MadeRow {
    const kind = this.#kind();
    if (kind === 'bad') return this.#bad();
    const parts = kind === 'copy' && this.#last !== undefined ? this.#last : this.#parts(kind);
    if (kind === 'plain') this.#last = parts;
    return this.#row(kind === 'copy' ? 'plain' : kind, parts);
  }

  /** Makes a row that every destination accepts. */
  alarm(): MadeRow {
    return this.#row('alarm', { ...this.#parts('alarm'), poison: undefined });
  }

  /** Makes another row of the same kind and of exactly the same length. */
  sibling({ kind, poison, text }: MadeRow): MadeRow {
    const [, properties = ''] = /"properties":(\{.*\}),"Tenant":"DefaultTenant"\}$/.exec(text) ?? [];
    const changed = properties.replace(
      /"Padding":"(.)/,
      (_, digit) => `"Padding":"${digit === 'f' ? 'e' : 'f'}`,
    );
    return this.#row(kind, { properties: changed, poison });
  }

  #row(kind: RowKind, { properties, poison }: Parts): MadeRow {
    const category = `AdvancedHunting-${this.#options.table}`;
    return {
      kind,
      poison,
      id: eventId(category, properties),
      text: `{"time":${JSON.stringify(new Date().toISOString())},"tenantId":"${TENANT}","operationName":"Publish","category":"${category}","properties":${properties},"Tenant":"DefaultTenant"}`,
    };
  }

  #kind(): RowKind {
    const draw = this.#random.next();
    const isRuled = RULED_TABLES.some((table) => table === this.#options.table);
    if (draw < 0.04) return isRuled ? 'noise' : 'plain';
    if (draw < 0.044) return isRuled ? 'alarm' : 'plain';
    if (draw < 0.048) return 'refused';
    if (draw < 0.05) return 'large';
    if (draw < 0.08) return 'copy';
    if (draw < 0.084) return 'bad';
    if (draw < 0.0865) return 'poisoned';
    return 'plain';
  }

  #parts(kind: RowKind): Parts {
    const random = this.#random;
    this.#made++;
    const actions: Partial<Record<RowKind, string>> = { noise: NOISE, alarm: ALARM };
    const properties = JSON.stringify({
      Timestamp: new Date().toISOString().replace('Z', '1234Z'),
      DeviceName: random.pick(['ws-114.contoso.example', 'sql-02.contoso.example', 'Müllers-Laptop']),
      ActionType: actions[kind] ?? 'ProcessCreated',
      ReportId: this.#made,
      AdditionalFields: JSON.stringify({ soak: this.#options.label, text: 'é "quoted" \\ 日本' }),
      Padding: random.hex(kind === 'large' ? WEBHOOK_BYTES + 5_000 : random.int(20, 900)),
    });
    return { properties, poison: this.#poison(kind) };
  }

  #poison(kind: RowKind): Poison | undefined {
    const random = this.#random;
    const { bulk, alarms } = this.#options;
    const by = bulk[random.int(0, bulk.length - 1)];
    const how = random.pick(HOWS);
    const isAlarmPoisoned = random.chance(ALARMS_POISONED);
    // What fails otherwise than by being refused is tried for hours.
    if (kind === 'alarm') {
      const person = isAlarmPoisoned ? alarms[random.int(0, alarms.length - 1)] : undefined;
      return person === undefined ? undefined : { by: person, how: 'refused' };
    }
    if (kind === 'large') return bulk.includes('hook') ? { by: 'hook', how: 'too_large' } : undefined;
    if (by === undefined) return undefined;
    if (kind === 'refused') return { by, how: 'refused' };
    return kind === 'poisoned' ? { by, how } : undefined;
  }

  #bad(): MadeRow {
    const random = this.#random;
    const text = random.pick([
      `this is no JSON, in ${this.#options.label}`,
      '{"time":"2026-11-23T07:00:00Z","properties":{"no":"category"}}',
      '[1,2,3]',
      `{"category":"AdvancedHunting-${this.#options.table}","properties":{"Padding":"${'x'.repeat(ROW_BYTES)}"}}`,
    ]);
    return { text, id: undefined, kind: 'bad', poison: undefined };
  }
}
