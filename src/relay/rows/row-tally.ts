/** Counts rows for the metrics of one visit. */
import { increment } from '../../shared/counts.ts';
import type { Metrics } from '../../shared/metrics.ts';

interface Counts {
  rows: number;
  bytes: number;
  filtered: number;
  badTimes: number;
  readonly alerts: Map<string, number>;
  /** The number of alerts that were not raised, by the title of the exception or filter. */
  readonly suppressed: Map<string, number>;
  /** The number of rows by the rule that compared only part of a value. */
  readonly cut: Map<string, number>;
}

/** Counts the rows of a page by table. The metrics are updated once per page, because an update per row would cost more than parsing. */
export class RowTally {
  readonly #tables = new Map<string, Counts>();
  /** The table that was counted last, which nearly always is the next one, too. */
  #last = '';
  #lastCounts: Counts | undefined;
  /** The number of rows by the rule that raised an alert. */
  readonly #rules = new Map<string, number>();

  row(table: string, bytes: number): void {
    const counts = this.#of(table);
    counts.rows++;
    counts.bytes += bytes;
  }

  filtered(table: string): void {
    this.#of(table).filtered++;
  }

  /** Counts a row whose `Timestamp` cannot be the time of an event, so that the envelope's time is used. */
  badTime(table: string): void {
    this.#of(table).badTimes++;
  }

  alert(table: string, level: string): void {
    increment(this.#of(table).alerts, level);
  }

  /** Counts a row that raised a rule's alert, wherever the alert goes. @param rule its id, or its title if it has none. */
  raised(rule: string): void {
    increment(this.#rules, rule);
  }

  /** Counts an alert that an exception or a filter took away. */
  suppressed(table: string, by: string): void {
    increment(this.#of(table).suppressed, by);
  }

  /** Counts a row of which a rule compared only part of a long value. */
  cut(table: string, rule: string): void {
    increment(this.#of(table).cut, rule);
  }

  /** Adds the counts to the metrics and resets them. */
  flush(metrics: Metrics): void {
    for (const [table, { rows, bytes, filtered, badTimes, alerts, suppressed, cut }] of this.#tables) {
      metrics.count('xdr_relay_rows_total', { table }, rows);
      metrics.count('xdr_relay_rows_bytes_total', { table }, bytes);
      if (filtered > 0) metrics.count('xdr_relay_rows_filtered_total', { table }, filtered);
      if (badTimes > 0) metrics.count('xdr_relay_rows_time_bad_total', { table }, badTimes);
      for (const [rule, count] of cut) metrics.count('xdr_relay_rules_cut_total', { table, rule }, count);
      for (const [exception, count] of suppressed) {
        metrics.count('xdr_relay_alerts_suppressed_total', { table, exception }, count);
      }
      for (const [level, count] of alerts) metrics.count('xdr_relay_alerts_total', { table, level }, count);
    }
    this.#tables.clear();
    this.#lastCounts = undefined;
    for (const [rule, count] of this.#rules) metrics.count('xdr_relay_rule_alerts_total', { rule }, count);
    this.#rules.clear();
  }

  #of(table: string): Counts {
    if (this.#lastCounts && table === this.#last) return this.#lastCounts;
    let counts = this.#tables.get(table);
    if (!counts) {
      counts = {
        rows: 0,
        bytes: 0,
        filtered: 0,
        badTimes: 0,
        alerts: new Map(),
        suppressed: new Map(),
        cut: new Map(),
      };
      this.#tables.set(table, counts);
    }
    this.#last = table;
    this.#lastCounts = counts;
    return counts;
  }
}
