/** The index-time fields of an alert in Splunk. */
import { ENTITY_KINDS, type EntityKind } from '../../alerts/message.ts';
import type { EnvelopeHead } from '../../shared/event.ts';
import type { AlertFacts } from '../alert-record.ts';

/** What HEC takes as the value of a field: anything nested is answered with code 15. A list gives the field several values. */
export type FieldValue = string | number | readonly string[];

/** Names of entities of one kind. The alert itself has more. */
const MOST_NAMES = 5;
/** Techniques, and tactics: an index is no place for a long list. */
const MOST_TECHNIQUES = 10;
/** UTF-16 units of a value: it is a term of the index. */
const LONGEST = 256;

/**
 * Index-time fields, by which alerts are searched with `tstats` and without the JSON being read: what the alert is, its rule, its
 * techniques, and what it names, as `entity_host`, `entity_user` and so on. Bounded, since every value may be an attacker's.
 * Fields that are undefined are not sent.
 */
export function alertFields(
  { id, alertId, table, source, severity, tenant, group }: EnvelopeHead,
  { title, rule, attack, entities }: AlertFacts,
): Readonly<Record<string, FieldValue | undefined>> {
  const { tactics, techniques } = attack;
  const named = techniques.flatMap(({ name }) => name ?? []);
  const fields: Record<string, FieldValue | undefined> = {
    kind: 'alert',
    alert_id: alertId,
    event_id: id,
    source_name: source.name,
    blob: source.blob,
    offset: source.offset,
    tenant: tenant === undefined || tenant === '' ? undefined : shortened(tenant),
    table: shortened(table),
    severity,
    alert_title: shortened(title),
    rule_title: shortened(rule.title),
    rule_id: rule.id === undefined ? undefined : shortened(rule.id),
    tactic: listed(tactics.map(({ name }) => name)),
    technique_id: listed(techniques.map((one) => one.id)),
    technique: listed(named),
    ...(group && {
      group_count: group.count,
      group_phase: group.phase,
      group_scope: group.scope,
      group_first_time: shortened(group.firstTime),
      group_last_time: shortened(group.lastTime),
    }),
  };
  for (const kind of ENTITY_KINDS) {
    const names = entities.filter((one) => one.kind === kind).map(({ name }) => shortened(name));
    if (names.length > 0) fields[entityField(kind)] = [...new Set(names)].slice(0, MOST_NAMES);
  }
  return fields;
}

/** The name of the field with the entities of a kind: `entity_host`. */
export function entityField(kind: EntityKind): string {
  return `entity_${kind}`;
}

function listed(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values.slice(0, MOST_TECHNIQUES);
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : text.slice(0, LONGEST).toWellFormed();
}
