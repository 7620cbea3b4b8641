/** Messages as PagerDuty events: an alert that opens or changes, the end of one, several at once, and troubles of the relay itself. */
import type { AlertMessage, EntityList, Message, OperationalMessage } from '../../alerts/message.ts';
import type { Envelope } from '../../shared/event.ts';
import { parseEventTime } from '../../shared/instant.ts';
import { plural } from '../../shared/readable.ts';
import { alertView, type Fact } from '../alert-view/alert.ts';
import { severityMark, titleOf } from '../alert-view/title.ts';
import { encodingBy } from '../encoding.ts';
import type { Cut } from '../fitting.ts';
import type { Encoding } from '../port.ts';
import { resolveText, triggerText } from './event.ts';

const MOST_ENTITIES = 20;
/** Messages that an event for several names. */
const MOST_NAMED = 100;

/** Deliveries as events, one alert each. */
export function pagerdutyEvents(): Encoding {
  return encodingBy(
    { kind: 'pagerduty' },
    () =>
      ({ head, event }, writer) =>
        writer.text(eventText(messageOf({ ...head, event }))),
    { keepsEvents: true },
  );
}

/** One delivery, as a group that has a single alert. */
export function messageOf(envelope: Envelope): AlertMessage {
  return {
    kind: 'alert',
    groupId: envelope.alertId ?? envelope.id,
    phase: 'first',
    scope: 'group',
    envelope,
    severity: envelope.severity,
    others: [],
    count: 1,
    firstTime: envelope.time,
    lastTime: envelope.time,
    groupedBy: [],
    entities: [],
  };
}

/** The JSON text of a message's event, without its routing key. The end of a message resolves its alert. */
export function eventText(message: Message): string {
  if (message.kind === 'operational') return operationalText(message);
  return message.phase === 'end' ? resolveText(message.groupId) : alertText(message);
}

/** One event that stands for several messages. @param dedupKey the same for the same messages. */
export function severalText(messages: readonly Message[], dedupKey: string): string {
  const alerts = messages.filter((message) => message.kind === 'alert');
  const [first] = alerts;
  const total = alerts.reduce((sum, { count }) => sum + count, 0);
  const others = messages.length - alerts.length;
  const titles = [...new Set(messages.map((message) => headline(message)))];
  const times = alerts.map(({ firstTime }) => firstTime).sort();
  const severities = messages.map(({ severity }) => severity);
  const what = [
    ...(total > 0 ? [`${plural(total, 'alert')} in ${plural(alerts.length, 'group')}`] : []),
    ...(others > 0 ? [plural(others, 'trouble')] : []),
  ].join(', ');
  return triggerText({
    dedupKey,
    summary: `${what}: ${titles.slice(0, 5).join(', ')}`,
    source: first ? (placeOf(first) ?? first.envelope.table) : 'xdr-relay',
    severity: (['critical', 'high', 'medium', 'low', 'informational'] as const).find((level) =>
      severities.includes(level),
    ),
    time: times[0] ?? '',
    group: 'xdr-relay',
    links: [],
    details: (cut) => ({
      count: total,
      groups: messages.slice(0, MOST_NAMED).map((message) =>
        message.kind === 'alert'
          ? {
              title: cut(headline(message), 300),
              severity: severityMark(message.severity),
              count: message.count,
              hosts: namesOf(message.entities, 'host', cut),
              group_id: message.groupId,
            }
          : { title: cut(message.title, 300), severity: severityMark(message.severity), id: message.id },
      ),
      ...(messages.length > MOST_NAMED && { more_groups: messages.length - MOST_NAMED }),
    }),
  });
}

function alertText(message: AlertMessage): string {
  const { envelope, groupId, severity, count, firstTime, lastTime, scope, defender } = message;
  const view = alertView(envelope);
  const place = placeOf(message);
  return triggerText({
    dedupKey: groupId,
    summary: summaryOf(message, place),
    source: place ?? envelope.table,
    severity,
    time: firstTime,
    component: factOf(view.facts, 'Process'),
    group: envelope.table,
    class: defender?.category ?? envelope.rule?.id ?? envelope.table,
    links: [
      ...view.links.map(({ label, url }) => ({ href: url, text: label })),
      ...view.tags.flatMap(({ label, url }) => (url === undefined ? [] : [{ href: url, text: label }])),
    ],
    details: (cut) => ({
      count,
      severity: severityMark(severity),
      title: cut(headline(message), 300),
      first_time: dateText(firstTime, cut),
      last_time: dateText(lastTime, cut),
      ...(scope === 'rule' && { scope: 'further alerts of this rule' }),
      ...listed('grouped_by', message.groupedBy, ({ column, value }) => pair(column, value, cut)),
      ...Object.fromEntries(
        view.facts.map(({ label, value }) => [label.toLowerCase().replaceAll(' ', '_'), cut(value, 500)]),
      ),
      ...entitiesOf(message.entities, cut),
      ...listed('matched', view.matched, ({ label, value }) => pair(label, value, cut)),
      ...(view.commandLine !== undefined && { command_line: cut(view.commandLine, 4_000) }),
      ...(defender && { defender: defenderDetails(defender, cut) }),
      ...listed('other_rules', message.others, ({ rule, severity: level }) =>
        `${severityMark(level)} ${cut(rule.title, 200)}`.trim(),
      ),
      ...(view.description !== undefined && { about_this_rule: cut(view.description, 2_000) }),
      ...listed('known_false_positives', view.falsePositives, (text) => cut(text, 500)),
      ...listed('tags', view.tags, ({ label }) => cut(label, 100)),
      ...(view.ruleId !== undefined && { rule_id: cut(view.ruleId, 100) }),
      event_id: cut(view.eventId, 100),
    }),
  });
}

function operationalText(message: OperationalMessage): string {
  const { id, phase, severity, title, text, facts, since } = message;
  if (phase === 'end') return resolveText(id);
  return triggerText({
    dedupKey: id,
    summary: `xdr-relay: ${title}`,
    source: 'xdr-relay',
    severity,
    time: since,
    component: 'xdr-relay',
    class: 'operational',
    links: [],
    details: (cut) => ({
      severity: severityMark(severity),
      what: cut(text, 4_000),
      since: dateText(since, cut),
      ...listed('facts', facts, ({ label, value }) => pair(label, value, cut)),
    }),
  });
}

/** `HIGH: Download with certutil on ws-042 (12 alerts)`, without the coloured mark: summaries are read aloud. */
function summaryOf(message: AlertMessage, place: string | undefined): string {
  const { severity, count, scope } = message;
  const where =
    scope === 'rule' ? ' on further hosts' : place === undefined ? '' : ` on ${place.slice(0, 255)}`;
  const times = count > 1 ? ` (${count} alerts)` : '';
  const level = severity === undefined ? '' : `${severity.toUpperCase()}: `;
  // The place and the count stay whole where a title is long.
  return `${level}${headline(message).slice(0, 600)}${where}${times}`;
}

function headline(message: Message): string {
  if (message.kind === 'operational') return message.title;
  return message.defender?.title ?? titleOf(message.envelope);
}

/** The host, else the user or the recipient: what an alert is about. */
function placeOf({ entities, envelope }: AlertMessage): string | undefined {
  const { facts } = alertView(envelope);
  const known = factOf(facts, 'Device') ?? factOf(facts, 'User') ?? factOf(facts, 'Recipient');
  if (known !== undefined) return known;
  const byKind = (wanted: string) => entities.find(({ kind }) => kind === wanted)?.first[0]?.name;
  return byKind('host') ?? byKind('user') ?? byKind('mail') ?? entities[0]?.first[0]?.name;
}

function factOf(facts: readonly Fact[], label: string): string | undefined {
  return facts.find((fact) => fact.label === label)?.value;
}

function entitiesOf(entities: readonly EntityList[], cut: Cut): Readonly<Record<string, unknown>> {
  if (entities.length === 0) return {};
  return {
    entities: Object.fromEntries(entities.map(({ kind }) => [kind, namesOf(entities, kind, cut)])),
  };
}

function namesOf(entities: readonly EntityList[], kind: string, cut: Cut): readonly string[] {
  const list = entities.find((one) => one.kind === kind);
  if (!list) return [];
  const shown = list.first.slice(0, MOST_ENTITIES).map(({ name }) => cut(name, 300));
  const more = list.more + Math.max(0, list.first.length - MOST_ENTITIES);
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

function defenderDetails(
  defender: NonNullable<AlertMessage['defender']>,
  cut: Cut,
): Readonly<Record<string, unknown>> {
  const { alertId, category, severity, serviceSource, detectionSource, techniques, evidence } = defender;
  const optional = { category, severity, service_source: serviceSource, detection_source: detectionSource };
  return {
    alert_id: cut(alertId, 100),
    ...Object.fromEntries(
      Object.entries(optional).flatMap(([key, text]) => (text === undefined ? [] : [[key, cut(text, 200)]])),
    ),
    ...listed('techniques', techniques, (text) => cut(text, 200)),
    evidence,
  };
}

function listed<T>(
  name: string,
  items: readonly T[],
  shown: (item: T) => string,
): Readonly<Record<string, unknown>> {
  return items.length === 0 ? {} : { [name]: items.slice(0, MOST_ENTITIES).map(shown) };
}

function pair(label: string, value: string, cut: Cut): string {
  return `${cut(label, 100)}: ${cut(value, 300)}`;
}

/** `2026-11-23 07:01:02 UTC`; what cannot be read stands as it is. */
function dateText(text: string, cut: Cut): string {
  const instant = parseEventTime(text);
  if (!instant) return cut(text, 60);
  return `${new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
