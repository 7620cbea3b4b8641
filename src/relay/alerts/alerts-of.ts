/** Turns the deliveries of a batch into alerts: one for each event, whatever number of rules matched it. */

import { defenderOf } from '../../alerts/defender.ts';
import { entitiesOf } from '../../alerts/entities/index.ts';
import type { Alert, GroupedValue, Times } from '../../alerts/groups/alert.ts';
import { severityRank } from '../../alerts/groups/fold.ts';
import { DEFAULT_GROUPING, OCCURRENCE_LENGTH, VALUE_LENGTH } from '../../alerts/groups/limits.ts';
import type { DefenderRow } from '../../alerts/joins/join.ts';
import { isDefenderTable } from '../../alerts/joins/tables.ts';
import type { Entity } from '../../alerts/message.ts';
import { envelopeOf } from '../../destinations/people.ts';
import type { Batch } from '../../destinations/port.ts';
import { columnOf } from '../../shared/column-value.ts';
import { shortDigest } from '../../shared/digest.ts';
import { type Envelope, type RuleRef, sourcePath } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';

/** The alerts of one rule, which share a document. */
export interface RuleAlerts {
  /** See {@link ruleOf}. */
  readonly rule: string;
  readonly alerts: Alert[];
}

/** The events of a batch in their order: the envelopes of one row stand together. */
export function eventsIn(batch: Batch): readonly (readonly Envelope[])[] {
  const events: Envelope[][] = [];
  let last = '';
  for (const item of batch.items) {
    const envelope = envelopeOf(item);
    const place = placeOf(envelope);
    if (place === last) events.at(-1)?.push(envelope);
    else events.push([envelope]);
    last = place;
  }
  return events;
}

/** The same with each delivery by itself. */
export function deliveriesIn(batch: Batch): readonly (readonly Envelope[])[] {
  return batch.items.map((item) => [envelopeOf(item)]);
}

/**
 * One event as an alert: under the rule of the highest severity, with the others beside it.
 *
 * @param envelopes of one row, at least one.
 * @param reading names the content that was read: see `Batch.reading`.
 */
export function alertOf(envelopes: readonly Envelope[], reading: string): Alert | undefined {
  const alerts = envelopes.filter(({ rule }) => rule !== undefined);
  const ranked = (alerts.length > 0 ? alerts : envelopes).toSorted(
    (one, other) => severityRank(other.severity) - severityRank(one.severity),
  );
  const [envelope, ...others] = ranked;
  if (envelope === undefined) return undefined;
  const entities = entitiesOf(envelope);
  return {
    occurrence: occurrenceOf(envelope, reading),
    envelope,
    severity: envelope.severity,
    others: others.flatMap(({ rule, severity }) =>
      rule === undefined
        ? []
        : [{ rule: { title: rule.title, ...(rule.id !== undefined && { id: rule.id }) }, severity }],
    ),
    entities,
    groupedBy: groupedBy(envelope, entities),
    times: timesOf(envelope.rule),
  };
}

/**
 * What names the rule of an alert for people: its id or title, and for Defender's own alerts their title too, since each is a thing of its
 * own.
 *
 * @param title of Defender's alert.
 */
export function ruleOf({ rule, table, severity, event }: Envelope, title?: string): string {
  const name = rule?.id ?? rule?.title ?? `route ${table} ${severity ?? ''}`;
  if (!isDefenderTable(table)) return name;
  const own = title ?? event.Title;
  return typeof own === 'string' ? `${name}\n${own}` : name;
}

/** The row of an event as one of Defender's alerts or its evidence; undefined for other rows, and for those without AlertId. */
export function defenderRowOf(envelopes: readonly Envelope[], reading: string): DefenderRow | undefined {
  const [envelope] = envelopes;
  const defender = envelope && defenderOf(envelope);
  if (envelope === undefined || defender === undefined) return undefined;
  const raising = envelopes.filter(({ evidence }) => evidence !== true);
  const alert = raising.length > 0 ? alertOf(raising, reading) : undefined;
  return {
    occurrence: alert?.occurrence ?? occurrenceOf(envelope, reading),
    table: envelope.table,
    source: { blob: digest(sourcePath(envelope.source)), reading: digest(reading) },
    defender,
    entities: entitiesOf(envelope),
    ...(alert && { alert: { ...alert, defender } }),
    rules: raising.map(({ rule, table }) => rule?.id ?? rule?.title ?? table),
  };
}

export function occurrenceOf(envelope: Envelope, reading: string): string {
  const { alertId, id, source } = envelope;
  const text = `${alertId ?? id}\n${sourcePath(source)}\n${source.offset}\n${reading}`;
  return shortDigest(text).slice(0, OCCURRENCE_LENGTH);
}

function digest(text: string): string {
  return shortDigest(text).slice(0, OCCURRENCE_LENGTH);
}

function placeOf({ source }: Envelope): string {
  return `${sourcePath(source)}\n${source.offset}`;
}

function timesOf(rule: RuleRef | undefined): Times | 'off' {
  const grouping = rule?.grouping ?? {};
  if (grouping === 'off') return 'off';
  const { windowMs, repeatMs } = grouping;
  return {
    windowMs: windowMs ?? DEFAULT_GROUPING.windowMs,
    repeatMs: repeatMs ?? DEFAULT_GROUPING.repeatMs,
  };
}

/** The values of the declared columns; otherwise Defender's alert, or the host. */
function groupedBy(envelope: Envelope, entities: readonly Entity[]): readonly GroupedValue[] {
  const grouping = envelope.rule?.grouping;
  if (grouping !== 'off' && grouping?.by !== undefined) {
    return grouping.by.map((column) => ({ column, value: text(columnOf(envelope, column)) }));
  }
  const defender = defenderOf(envelope);
  if (defender !== undefined) return [{ column: 'AlertId', value: defender.alertId }];
  const host = entities.find(({ kind }) => kind === 'host')?.name ?? columnOf(envelope, 'DeviceName');
  return host === undefined ? [] : [{ column: 'DeviceName', value: text(host) }];
}

/** Values of any kind, as text of at most `VALUE_LENGTH` characters. Long values that begin alike stay apart. */
function text(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  if (whole.length <= VALUE_LENGTH) return whole.toWellFormed();
  const digest = shortDigest(whole);
  return `${whole.slice(0, VALUE_LENGTH - digest.length - 1).toWellFormed()}…${digest}`;
}
