import type { Random } from '../../demo/generator/random.ts';
import { eventId } from '../../src/shared/event-id.ts';

export const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

/** Tables with a rule file of their own, which filters and raises alerts; and tables nobody wrote a file for. */
export const RULED_TABLES = ['DeviceEvents', 'DeviceNetworkEvents'] as const;
export const PLAIN_TABLES = ['DeviceProcessEvents', 'DeviceFileEvents'] as const;
export const TABLES = [...RULED_TABLES, ...PLAIN_TABLES] as const;
export type Table = (typeof TABLES)[number];

/** The `ActionType` that the rule files filter out, and the one that they send to Slack too. */
export const NOISE = 'SoakNoise';
export const ALARM = 'SoakAlarm';
/** The column whose value is the destination that refuses the row, always. */
export const REFUSED_BY = 'SoakRefusedBy';

/** Longer requests are answered 413 by the webhook; a row over it is refused even alone. Bytes. */
export const WEBHOOK_BYTES = 64 * 1024;
/** `limits.row` of the soak's relay.yaml. Bytes. */
export const ROW_BYTES = 256 * 1024;

/** What a row is made to be. */
export type RowKind = 'plain' | 'noise' | 'alarm' | 'refused' | 'large' | 'copy' | 'bad';

export interface MadeRow {
  readonly text: string;
  /** Undefined: nobody can read it. */
  readonly id: string | undefined;
  readonly kind: RowKind;
}

/** Makes the rows of one blob, each different, now and then one that is hard to deliver. */
export class RowMaker {
  readonly #random: Random;
  readonly #table: Table;
  readonly #label: string;
  readonly #bulk: readonly string[];
  #made = 0;
  #last: string | undefined;

  /**
   * @param label Tells this blob's rows from all others.
   * @param bulk The destinations that get every row: any of them may refuse one.
   */
  constructor(random: Random, table: Table, label: string, bulk: readonly string[]) {
    this.#random = random;
    this.#table = table;
    this.#label = label;
    this.#bulk = bulk;
  }

  next(): MadeRow {
    const kind = this.#kind();
    if (kind === 'bad') return this.#bad();
    const properties = kind === 'copy' && this.#last !== undefined ? this.#last : this.#properties(kind);
    if (kind === 'plain') this.#last = properties;
    const category = `AdvancedHunting-${this.#table}`;
    return {
      kind: kind === 'copy' ? 'plain' : kind,
      id: eventId(category, properties),
      text: `{"time":${JSON.stringify(new Date().toISOString())},"tenantId":"${TENANT}","operationName":"Publish","category":"${category}","properties":${properties},"Tenant":"DefaultTenant"}`,
    };
  }

  #kind(): RowKind {
    const draw = this.#random.next();
    const isRuled = RULED_TABLES.some((table) => table === this.#table);
    if (draw < 0.04) return isRuled ? 'noise' : 'plain';
    if (draw < 0.044) return isRuled ? 'alarm' : 'plain';
    if (draw < 0.048) return 'refused';
    if (draw < 0.05) return 'large';
    if (draw < 0.08) return 'copy';
    if (draw < 0.084) return 'bad';
    return 'plain';
  }

  #properties(kind: RowKind): string {
    const random = this.#random;
    this.#made++;
    const actions: Partial<Record<RowKind, string>> = { noise: NOISE, alarm: ALARM };
    return JSON.stringify({
      Timestamp: new Date().toISOString().replace('Z', '1234Z'),
      DeviceName: random.pick(['ws-114.contoso.example', 'sql-02.contoso.example', 'Müllers-Laptop']),
      ActionType: actions[kind] ?? 'ProcessCreated',
      ReportId: this.#made,
      AdditionalFields: JSON.stringify({ soak: this.#label, text: 'é "quoted" \\ 日本' }),
      Padding: random.hex(kind === 'large' ? WEBHOOK_BYTES + 5_000 : random.int(20, 900)),
      ...(kind === 'refused' && { [REFUSED_BY]: this.#bulk[random.int(0, this.#bulk.length - 1)] }),
    });
  }

  #bad(): MadeRow {
    const random = this.#random;
    const text = random.pick([
      `this is no JSON, in ${this.#label}`,
      '{"time":"2026-11-23T07:00:00Z","properties":{"no":"category"}}',
      '[1,2,3]',
      `{"category":"AdvancedHunting-${this.#table}","properties":{"Padding":"${'x'.repeat(ROW_BYTES)}"}}`,
    ]);
    return { text, id: undefined, kind: 'bad' };
  }
}
