/** Messages as PagerDuty events: an alert that opens or changes, the end of one, several at once, and troubles of the relay itself. */
import type { AlertMessage, Message, OperationalMessage } from '../../alerts/message.ts';
import { type EntityLine, type Fact, type MessageView, messageView } from '../alert-view/message.ts';
import { operationalView } from '../alert-view/operational.ts';
import type { Searches } from '../alert-view/searches.ts';
import { severalView } from '../alert-view/several.ts';
import { severityMark } from '../alert-view/title.ts';
import type { Cut } from '../fitting.ts';
import { utcText } from '../utc-text.ts';
import { resolveText, triggerText } from './event.ts';

/** Groups that an event for several names. */
const MOST_GROUPS = 100;
const MOST_LISTED = 20;

/**
 * The JSON text of a message's event, without its routing key. The end of a message resolves its alert.
 *
 * @param searches `links:` of relay.yaml.
 */
export function eventText(message: Message, searches?: Searches): string {
  if (message.kind === 'operational') return operationalText(message, searches);
  return message.phase === 'end' ? resolveText(message.groupId) : alertText(message, searches);
}

/** One event that stands for several messages. @param dedupKey the same for the same messages. */
export function severalText(messages: readonly Message[], dedupKey: string, searches?: Searches): string {
  const { severity, titles, moreTitles, operational, from, groups } = severalView(messages, searches);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const names = [...titles.map(({ title }) => title), ...operational.map(({ headline }) => headline)];
  const what = [
    ...(groups.length > 0 ? [`${total} alerts in ${groups.length} groups`] : []),
    ...(operational.length > 0 ? [`${operational.length} of the relay itself`] : []),
  ].join(', ');
  return triggerText({
    dedupKey,
    summary: `${what}: ${names.slice(0, 5).join(', ')}`,
    source: titles[0]?.places[0]?.name ?? 'xdr-relay',
    severity: severity ?? messages.find((message) => message.kind === 'operational')?.severity,
    time: from,
    group: 'xdr-relay',
    links: titles
      .flatMap(({ links }) => links.slice(0, 1))
      .map(({ label, url }) => ({ href: url, text: label })),
    details: (cut) => ({
      count: total,
      titles: titles.map(({ mark, title, count, places, morePlaces, others, moreOthers, links }) => ({
        title: cut(title, 300),
        severity: mark,
        count,
        hosts: withMore(
          places.map(({ name }) => cut(name, 300)),
          morePlaces,
        ),
        ...(others.length > 0 && {
          other_rules: withMore(
            others.map((other) => cut(other, 200)),
            moreOthers,
          ),
        }),
        ...listed('links', links, ({ url }) => url),
      })),
      ...(moreTitles > 0 && { more_titles: moreTitles }),
      ...listed('troubles', operational, ({ headline }) => cut(headline, 300)),
      groups: `g:${groups
        .slice(0, MOST_GROUPS)
        .map(({ groupId, count }) => `${groupId}=${count}`)
        .join(',')}`,
    }),
  });
}

function alertText(message: AlertMessage, searches: Searches | undefined): string {
  const view = messageView(message, searches);
  const { envelope, defender } = message;
  const place = placeOf(view);
  const shown = [...view.pages, ...view.hunting, ...view.searches, ...view.techniques, ...view.tags];
  return triggerText({
    dedupKey: view.groupId,
    summary: summaryOf(view),
    source: place ?? view.table,
    severity: view.severity,
    time: view.firstTime,
    component: view.facts.find(({ label }) => label === 'Process')?.value,
    group: view.table,
    class: defender?.category ?? envelope.rule?.id ?? view.table,
    links: shown.flatMap(({ label, url }) => (url === undefined ? [] : [{ href: url, text: label }])),
    details: (cut) => details(message, view, cut),
  });
}

function details(message: AlertMessage, view: MessageView, cut: Cut): Readonly<Record<string, unknown>> {
  const { command } = view;
  return {
    count: view.count,
    severity: view.mark,
    title: cut(view.title, 300),
    first_time: utcText(view.firstTime, cut),
    last_time: utcText(view.lastTime, cut),
    table: cut(view.table, 100),
    ...(view.scope === 'rule' && { scope: 'further alerts of this rule' }),
    ...listed('grouped_by', message.groupedBy, ({ column, value }) => pair(column, value, cut)),
    ...Object.fromEntries(view.entities.map((line) => [line.kind, entityNames(line, cut)])),
    ...Object.fromEntries((view.added ?? []).map((line) => [`new_${line.kind}`, entityNames(line, cut)])),
    ...byLabel(view.facts, cut),
    ...(command && { command_line: cut(command.text, 4_000) }),
    ...listed('decoded_command', command?.decoded ?? [], (text) => cut(text, 4_000)),
    ...listed('techniques', view.techniques, ({ label }) => cut(label, 100)),
    ...listed('matched', view.matched, ({ label, value }) => pair(label, value, cut)),
    ...(view.defender.length > 0 && { defender: byLabel(view.defender, cut) }),
    ...listed('other_rules', view.others, ({ mark, title }) => `${mark} ${cut(title, 200)}`.trim()),
    ...(view.moreOthers > 0 && { more_other_rules: view.moreOthers }),
    ...(view.description !== undefined && { about_this_rule: cut(view.description, 2_000) }),
    ...listed('known_false_positives', view.falsePositives, (text) => cut(text, 500)),
    ...listed('tags', view.tags, ({ label }) => cut(label, 100)),
    ...(view.ruleTitle !== undefined && { rule: cut(view.ruleTitle, 300) }),
    ...(view.ruleId !== undefined && { rule_id: cut(view.ruleId, 100) }),
    event_id: cut(view.eventId, 100),
  };
}

function operationalText(message: OperationalMessage, searches: Searches | undefined): string {
  const view = operationalView(message, searches);
  const { id, over, text, facts, since } = view;
  if (over) return resolveText(id);
  return triggerText({
    dedupKey: id,
    summary: `xdr-relay: ${message.title}`,
    source: 'xdr-relay',
    severity: message.severity,
    time: since,
    component: 'xdr-relay',
    class: 'operational',
    links: [...view.pages, ...view.searches].map(({ label, url }) => ({ href: url, text: label })),
    details: (cut) => ({
      severity: severityMark(message.severity),
      what: cut(text, 4_000),
      since: utcText(since, cut),
      ...listed('facts', facts, ({ label, value }) => pair(label, value, cut)),
    }),
  });
}

/** `HIGH: Download with certutil on ws-042 (12 alerts)`, without the coloured mark: summaries are read aloud. */
function summaryOf({ severity, title, where, count, scope }: MessageView): string {
  const level = severity === undefined ? '' : `${severity.toUpperCase()}: `;
  const times = count > 1 ? ` (${count} alerts)` : '';
  const further = scope === 'rule' ? ', further alerts of this rule' : '';
  // The place and the count stay whole where a title is long.
  return `${level}${title.slice(0, 400)}${where.slice(0, 500)}${further}${times}`;
}

/** The host, else the user or whatever is named first: what an alert is about. */
function placeOf({ entities }: MessageView): string | undefined {
  const byKind = (wanted: string) => entities.find(({ kind }) => kind === wanted)?.names[0];
  return byKind('host') ?? byKind('user') ?? entities[0]?.names[0];
}

function entityNames({ names, more }: EntityLine, cut: Cut): readonly string[] {
  return withMore(
    names.map((name) => cut(name, 300)),
    more,
  );
}

function withMore(names: readonly string[], more: number): readonly string[] {
  if (more === 0) return names;
  return names.length === 0 ? [`${more}`] : [...names, `and ${more} more`];
}

/** Labels are ours. */
function byLabel(facts: readonly Fact[], cut: Cut): Readonly<Record<string, string>> {
  return Object.fromEntries(
    facts.map(({ label, value }) => [label.toLowerCase().replaceAll(' ', '_'), cut(value, 500)]),
  );
}

function listed<T>(
  name: string,
  items: readonly T[],
  shown: (item: T) => string,
): Readonly<Record<string, unknown>> {
  return items.length === 0 ? {} : { [name]: items.slice(0, MOST_LISTED).map(shown) };
}

function pair(label: string, value: string, cut: Cut): string {
  return `${cut(label, 100)}: ${cut(value, 300)}`;
}
