/** A group of alerts as a line of the page. */
import { messageOf } from '../../alerts/groups/due.ts';
import { type Group, isOpen } from '../../alerts/groups/state.ts';
import { type Silence, silenceFor } from '../../alerts/silences.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { portalPages, tagLink } from '../../destinations/alert-view/links.ts';
import { titleOf } from '../../destinations/alert-view/title.ts';
import type { AlertGroup, AlertRows, ColumnText, EntityLine, Linked } from '../model/alerts.ts';
import { type ExceptionFor, exceptionOf } from './exception.ts';
import { openColumns, openEntities, type Shown, shownOf, textOf } from './shown.ts';

const MOST_MATCHED = 20;
const MOST_OTHERS = 10;
const MOST_TAGS = 12;
const MOST_NAMES = 10;
/** What is sent of one value. UTF-16 units. */
const MOST_VALUE = 4_096;

export interface GroupContext {
  readonly config: RelayConfig;
  /** Ms since the epoch. */
  readonly now: number;
  readonly silences: readonly Silence[];
  /** Of the exception that is suggested. */
  readonly exception: Pick<ExceptionFor, 'owner' | 'kindOf'>;
}

export function alertGroup(destination: string, group: Group, context: GroupContext): AlertGroup {
  const { config, now, silences } = context;
  const { envelope, severity, others, count, said, saidAt, opened, window, trouble } = group;
  const { rule } = envelope;
  const shown = shownOf(config, envelope);
  const silence = silenceFor(silences, envelope, now);
  return {
    key: `${destination}/${group.id}`,
    destination,
    groupId: group.id,
    title: titleFor(group, shown),
    ...(rule && { rule: { title: rule.title, ...(rule.id !== undefined && { id: rule.id }) } }),
    ...(severity !== undefined && { severity }),
    scope: group.scope,
    count,
    said,
    ...(saidAt !== undefined && { saidOn: saidAt }),
    state: stateOf(group, now),
    ...(trouble && { trouble: { failures: trouble.failures, next: trouble.next } }),
    opened,
    until: opened + window,
    firstTime: group.firstTime,
    lastTime: group.lastTime,
    tables: group.tables ?? [envelope.table],
    ...(silence && { silencedBy: silence.id }),
    others: others.slice(0, MOST_OTHERS).map((one) => ({
      title: one.rule.title,
      ...(one.severity !== undefined && { severity: one.severity }),
    })),
    tags: (rule?.tags ?? []).slice(0, MOST_TAGS).map(tagLink).map(secure),
    ...(shown.isShown && { rows: rowsOf(group, shown, context) }),
  };
}

/** What a person reads in the message. Titles are made of values of rows, so they count as such. */
function titleFor({ envelope, defender }: Group, shown: Shown): string {
  if (shown.isShown && !shown.hasMask) return titleOf(envelope, defender?.title);
  return envelope.rule?.title ?? envelope.table;
}

function stateOf(group: Group, now: number): AlertGroup['state'] {
  if (group.said === 0) return 'waiting';
  if (group.said < group.count) return 'news';
  return isOpen(group, now) ? 'told' : 'over';
}

function rowsOf(group: Group, shown: Shown, { now, exception: suggested }: GroupContext): AlertRows {
  const { entities, defender } = messageOf(group, 'update');
  const { envelope } = group;
  const open = openEntities(entities, shown);
  const event = openColumns(envelope.event, shown);
  const pages = portalPages({
    envelope: { ...envelope, event },
    entities: open,
    ...(defender && !shown.isMasked('AlertId') && { defender }),
  });
  const conditions = conditionsOf(group, shown);
  const exception = exceptionOf(envelope, shown, { ...suggested, now });
  return {
    matched: (envelope.rule?.matched ?? [])
      .slice(0, MOST_MATCHED)
      .map(({ column, value }) => columnText(column, textOf(shown.clean(column, value)))),
    groupedBy: group.by.map(({ column, value }) => columnText(column, textOf(shown.clean(column, value)))),
    entities: open.flatMap(({ kind, first, more }): readonly EntityLine[] => {
      const names = first.slice(0, MOST_NAMES).map(({ name }) => name);
      const rest = more + first.length - names.length;
      return names.length + rest === 0 ? [] : [{ kind, names, more: rest }];
    }),
    pages: pages.filter(({ url }) => url.startsWith('https://')),
    conditions,
    ...exception,
  };
}

/** A row's own columns by which people silence: they are compared with the columns as the steps left them. */
const SILENCED_BY = [
  'DeviceName',
  'AccountUpn',
  'AccountName',
  'InitiatingProcessAccountUpn',
  'RemoteIP',
  'FileName',
];
const LONGEST_CONDITION = 256;

function conditionsOf({ envelope }: Group, shown: Shown): readonly ColumnText[] {
  const { event, renamed } = envelope;
  return SILENCED_BY.flatMap((column): readonly ColumnText[] => {
    const name = renamed && Object.hasOwn(renamed, column) ? renamed[column] : column;
    if (name === undefined || name === null || shown.isMasked(name)) return [];
    const value = Object.hasOwn(event, name) ? event[name] : undefined;
    // A star would stand for any text, and a longer value is not taken.
    if (typeof value !== 'string' || value.trim() === '' || value.length > LONGEST_CONDITION) return [];
    return value.includes('*') ? [] : [{ column: name, value }];
  });
}

function columnText(column: string, value: string): ColumnText {
  return { column, value: value.slice(0, MOST_VALUE).toWellFormed() };
}

function secure({ label, url }: Linked): Linked {
  return url?.startsWith('https://') ? { label, url } : { label };
}
