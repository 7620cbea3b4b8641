/** Writes an alert as a record of its own, which machines can tell from the event that raised it. */
import { entitiesIn } from '../alerts/entities/index.ts';
import type { Entity, EntityKind, EntityList } from '../alerts/message.ts';
import { type AttackNames, attackNames } from '../shared/attack.ts';
import type { ByteWriter } from '../shared/byte-writer.ts';
import type { EnvelopeHead, Level, MatchedValue } from '../shared/event.ts';
import { groupText } from '../shared/group-text.ts';
import type { JsonValue } from '../shared/json.ts';
import { type Link, pagesFor } from './alert-view/links.ts';
import type { Delivery } from './port.ts';

/** What a record tells of one value that made the rule match. */
export interface MatchedInRecord extends MatchedValue {
  /** Present where the value is only the beginning of a longer one, which is in the row. */
  readonly cut?: true;
}

/** What a record says beside the row. */
export interface AlertFacts {
  readonly title: string;
  readonly rule: {
    readonly id: string | undefined;
    readonly title: string;
    readonly level: Level | undefined;
    readonly description: string | undefined;
    readonly author: string | undefined;
    readonly tags: readonly string[] | undefined;
    readonly references: readonly string[] | undefined;
    readonly falsepositives: readonly string[] | undefined;
  };
  /** At most 50. */
  readonly matched: readonly MatchedInRecord[];
  readonly attack: AttackNames;
  /** At most 10 of a kind; of a group at most 50 hosts. */
  readonly entities: readonly Entity[];
  /** Pages of Defender's portal. */
  readonly links: readonly Link[];
}

/** A rule that counts on long lists may match hundreds of values. */
const MOST_MATCHED = 50;
/** UTF-16 units of a matched value: a script in a row may be megabytes long. */
const LONGEST_MATCHED = 4_096;

const NONE: readonly never[] = [];

/** Whether a delivery is an alert: a rule raised it, and it has an id of its own. */
export function isAlert({ rule, alertId }: EnvelopeHead): boolean {
  return rule !== undefined && alertId !== undefined;
}

/**
 * What an alert's record says beside the row. All of it but the rule comes from the columns as the steps of the table file left them, so
 * that what those removed, hashed or redacted is so here, too.
 */
export function alertFacts(delivery: NamingAlert): AlertFacts {
  const { head } = delivery;
  const { rule, severity, tenant, time } = head;
  const { id, title = '', description, author, tags, references, falsepositives, matched = [] } = rule ?? {};
  const entities = entitiesBehind(delivery);
  return {
    title: head.title ?? title,
    rule: { id, title, level: severity, description, author, tags, references, falsepositives },
    matched: matched.slice(0, MOST_MATCHED).map(shortened),
    attack: attackNames(tags ?? NONE),
    entities: entities.flatMap(({ first }) => first),
    links: pagesFor({ tenant, time, entities, column: (name) => delivery.column(name) }),
  };
}

/**
 * Writes the alert as JSON: `{kind: "alert", id, event_id, time, ..., severity, title, rule, matched, attack, entities, links, event?, source}`,
 * and where it stands for a group of alerts, `group` before `event`.
 *
 * @param columns whether the row's columns are repeated in it, as `event`.
 * @param facts of this delivery, where the caller has them.
 */
export function writeAlertRecord(
  delivery: Delivery,
  writer: ByteWriter,
  { columns, facts = alertFacts(delivery) }: { readonly columns: boolean; readonly facts?: AlertFacts },
): void {
  const { id, alertId, time, received, tenant, table, severity, source } = delivery.head;
  const head = { kind: 'alert', id: alertId, event_id: id, time, received, tenant, table, severity };
  writer.text(JSON.stringify({ ...head, ...facts, group: groupFacts(delivery) }).slice(0, -1));
  if (columns) {
    writer.text(',"event":');
    delivery.writeEvent(writer);
  }
  writer.text(`,"source":${JSON.stringify(source)}}`);
}

/** What the record of a group says of it; undefined for a single alert. */
export function groupFacts({ head: { group }, entities = [] }: Delivery): object | undefined {
  if (group === undefined) return undefined;
  const more = entities
    .filter((list) => list.more > 0)
    .map((list): [EntityKind, number] => [list.kind, list.more]);
  return { ...groupText(group), ...(more.length > 0 && { more_entities: Object.fromEntries(more) }) };
}

/** An alert, as far as it says what it is about. */
interface NamingAlert extends Pick<Delivery, 'head' | 'column'> {
  readonly entities?: Delivery['entities'] | undefined;
}

/** What an alert is about, by kind: the entities of its group, or else those of its row. */
export function entitiesBehind(alert: NamingAlert): readonly EntityList[] {
  if (alert.entities) return alert.entities;
  const { table, renamed } = alert.head;
  return listsOf(entitiesIn({ table, renamed, column: (name) => alert.column(name) }));
}

/** The entities of one row by kind. */
export function listsOf(entities: readonly Entity[]): readonly EntityList[] {
  return [...Map.groupBy(entities, ({ kind }) => kind)].map(([kind, first]) => ({ kind, first, more: 0 }));
}

function shortened({ column, value }: MatchedValue): MatchedInRecord {
  const text = typeof value === 'string' ? value : lengthyText(value);
  if (text === undefined || text.length <= LONGEST_MATCHED) return { column, value };
  return { column, value: text.slice(0, LONGEST_MATCHED).toWellFormed(), cut: true };
}

/** The JSON text of a value that may be long. */
function lengthyText(value: JsonValue): string | undefined {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
}
