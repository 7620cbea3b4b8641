/**
 * Queries of Advanced Hunting for what an alert is about, as links into Defender's portal.
 *
 * Values of a row stand in a query as string literals only, and only where nothing in them is hidden; names of tables and columns are
 * ours or checked. So a row cannot add a condition, an operator or another query to it.
 */
import { gzipSync } from 'fflate';
import { defenderName, defenderValue, isAltered } from '../../alerts/defender-value.ts';
import { commonOfAll } from '../../alerts/groups/common.ts';
import type { AlertMessage, CommonColumn } from '../../alerts/message.ts';
import type { LinkColumn } from '../../alerts/read-columns.ts';
import { instantMs, parseEventTime } from '../../shared/instant.ts';
import { type Link, portalPage } from './links.ts';

/** A link with the query that it opens. */
export interface HuntingLink extends Link {
  /** KQL. */
  readonly query: string;
}

/** The longest value of a row that a query compares. */
const MOST_VALUE = 256;
/** The longest link to all events of a group: Slack's messages leave out what is longer than 1,500 characters. */
const MOST_LINK = 1_400;
const TABLE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const COLUMN = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;

/** Where Defender keeps what happened on a device. */
const DEVICE_TABLES =
  'DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents, DeviceRegistryEvents, DeviceLogonEvents, DeviceImageLoadEvents, DeviceEvents';
/** Where it keeps what an account did; a tenant has not all of them. */
const ACCOUNT_TABLES = 'IdentityLogonEvents, IdentityQueryEvents, IdentityDirectoryEvents, CloudAppEvents';
const MAIL_TABLES = 'EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents, UrlClickEvents';

/**
 * At most three: of a group of several alerts all its events, this event or Defender's alert or the mail, and the hour around it on its host, else of
 * its account.
 */
export function huntingLinks(message: AlertMessage): readonly HuntingLink[] {
  const linkTo = linkIn(message);
  const found = [
    allQuery([message], linkTo),
    alertQuery(message) ?? mailQuery(message) ?? eventQuery(message),
    hourQuery(message),
  ];
  return found.flatMap((one) => one ?? []).map(({ label, query }) => ({ label, url: linkTo(query), query }));
}

/** The query that lists most of groups of one title: all their events, where one query can. @param messages the largest group first. */
export function huntingAll(messages: readonly AlertMessage[]): readonly HuntingLink[] {
  const [largest] = messages;
  if (largest === undefined) return [];
  const linkTo = linkIn(largest);
  const all = allQuery(messages, linkTo);
  return all ? [{ ...all, url: linkTo(all.query) }] : huntingLinks(largest).slice(0, 1);
}

type LinkTo = (query: string) => string;

/** Makes links that open a query in the portal, of the tenant of a message. */
function linkIn({ envelope: { tenant } }: AlertMessage): LinkTo {
  return (query) =>
    portalPage('/v2/advanced-hunting', tenant, { query: encodedQuery(query), timeRangeId: 'month' });
}

interface Found {
  readonly label: string;
  readonly query: string;
}

/** Defender's alert with its evidence. */
function alertQuery({ envelope, defender }: AlertMessage): Found | undefined {
  const id = literal(defender?.alertId ?? defenderValue(envelope, 'AlertId'));
  if (id === undefined) return undefined;
  return {
    label: 'Hunt: this alert',
    query: `AlertInfo
| where AlertId == ${id}
| join kind=leftouter AlertEvidence on AlertId`,
  };
}

/** A mail with its links, attachments, clicks and what was done to it later. */
function mailQuery({ envelope }: AlertMessage): Found | undefined {
  const id = literal(defenderValue(envelope, 'NetworkMessageId'));
  if (id === undefined) return undefined;
  return {
    label: 'Hunt: this mail',
    query: `union withsource=Table isfuzzy=true ${MAIL_TABLES}
| where NetworkMessageId == ${id}
| sort by Timestamp asc`,
  };
}

/** ReportId, device and time together name one event (Microsoft, "DeviceProcessEvents", ReportId). */
function eventQuery({ envelope }: AlertMessage): Found | undefined {
  const { table, time } = envelope;
  const at = around(time, time, MINUTE_MS);
  const named: readonly LinkColumn[] = ['DeviceId', 'ReportId', 'AccountObjectId'];
  const conditions = named.flatMap((column) => equal(column, defenderValue(envelope, column)));
  if (!TABLE.test(table) || at === undefined || conditions.length === 0) return undefined;
  return { label: 'Hunt: this event', query: [table, `where Timestamp ${at}`, ...conditions].join('\n| ') };
}

/**
 * All events of groups of one rule, over all their hosts, from the first to the last. Every condition holds for each of them in Defender: columns of which they
 * have few values, by Defender's names, and none that a step made or changed. Where those are many, or the link would become long, a condition is left out: the query then lists more, never less. It may
 * list events that the rule does not match, too.
 */
function allQuery(messages: readonly AlertMessage[], linkTo: LinkTo): Found | undefined {
  const [first] = messages;
  const times = messages.flatMap(({ firstTime, lastTime }) => [firstTime, lastTime]).sort();
  const span = around(times[0] ?? '', times.at(-1) ?? '', MINUTE_MS);
  const count = messages.reduce((sum, message) => sum + message.count, 0);
  if (first === undefined || count < 2 || span === undefined) return undefined;
  const source = sourceOf(messages);
  if (source === undefined || messages.some(({ defender }) => defender)) return undefined;
  const query = (conditions: readonly string[]) =>
    [source, `where Timestamp ${span}`, ...conditions, 'sort by Timestamp asc'].join('\n| ');
  const isOfRule = messages.every(({ scope }) => scope === 'rule');
  let conditions: readonly string[] = [];
  for (const { column, values } of wantedColumns(messages)) {
    // Hosts are named only where nothing else tells the rule's events from others: other groups of the rule are on further hosts.
    if (isOfRule && column === 'DeviceName' && conditions.some((one) => !one.includes('(ActionType)')))
      continue;
    const longer = [...conditions, ...oneOf(column, values)];
    if (linkTo(query(longer)).length <= MOST_LINK) conditions = longer;
  }
  const label = isOfRule ? 'Hunt: all hosts of this rule' : 'Hunt: the whole group';
  return { label: messages.length > 1 ? 'Hunt: all of these' : label, query: query(conditions) };
}

/** The tables of groups, as a query begins; undefined where one of them is not known. */
function sourceOf(messages: readonly AlertMessage[]): string | undefined {
  const all = messages.map(({ envelope, tables = [envelope.table] }) => tables);
  const names = [...new Set(all.flat())];
  if (all.some((tables) => tables.length === 0) || !names.every((name) => TABLE.test(name))) return undefined;
  return names.length === 1 ? names[0] : `union withsource=Table isfuzzy=true ${names.join(', ')}`;
}

/**
 * The columns that tell most first: what groups are made of, what the rule matched, what most tables have. Of `groupedBy` only what is among the
 * common columns: others Defender may not have, or with other values.
 */
function wantedColumns(messages: readonly AlertMessage[]): readonly CommonColumn[] {
  const all = commonOfAll(messages.map(({ common = [] }) => common));
  const grouped = new Set(
    messages.flatMap(({ envelope, groupedBy }) =>
      groupedBy.map(({ column }) => defenderName(envelope.renamed, column)),
    ),
  );
  const rank = (column: string) =>
    grouped.has(column) ? 0 : column === 'DeviceName' ? 3 : column === 'ActionType' ? 2 : 1;
  return all.toSorted((one, other) => rank(one.column) - rank(other.column));
}

/** `where Column in~ (values)`; nothing where one of them cannot stand in a query, since its event would be missing. */
function oneOf(column: string, values: readonly string[]): readonly string[] {
  const literals = values.flatMap((value) => literal(value) ?? []);
  if (!COLUMN.test(column) || literals.length < values.length || literals.length === 0) return [];
  return [`where tostring(${column}) in~ (${literals.join(', ')})`];
}

/** Half an hour before and after. */
function hourQuery({ envelope, entities }: AlertMessage): Found | undefined {
  const { time } = envelope;
  const at = around(time, time, HALF_HOUR_MS);
  if (at === undefined) return undefined;
  const ofFirst = (kind: 'host' | 'user') => entities.find((list) => list.kind === kind)?.first[0]?.id;
  // An id that steps changed is the entity's, too, and Defender does not know it.
  const idOf = (column: LinkColumn, kind: 'host' | 'user') =>
    defenderValue(envelope, column) ?? (isAltered(envelope, column) ? undefined : ofFirst(kind));
  const hour = (label: string, tables: string, column: string, id: string) => ({
    label,
    query: `union withsource=Table isfuzzy=true ${tables}
| where Timestamp ${at}
| where ${column} == ${id}
| sort by Timestamp asc`,
  });
  const device = literal(idOf('DeviceId', 'host'));
  if (device !== undefined) return hour("Hunt: the host's hour", DEVICE_TABLES, 'DeviceId', device);
  const account = idOf('AccountObjectId', 'user');
  return typeof account !== 'string' || !GUID.test(account)
    ? undefined
    : hour("Hunt: the account's hour", ACCOUNT_TABLES, 'AccountObjectId', `"${account}"`);
}

/** `where Column == value`, whatever the column's type is; nothing for a value that cannot be compared. */
function equal(column: string, value: unknown): readonly string[] {
  if (!COLUMN.test(column)) return [];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return [`where ${column} == ${value}`];
  const text = literal(value);
  return text === undefined ? [] : [`where tostring(${column}) == ${text}`];
}

/** `between (datetime(...) .. datetime(...))`, so many milliseconds wider on both sides; undefined for what is no time. */
function around(from: string, to: string, ms: number): string | undefined {
  const [first, last] = [parseEventTime(from), parseEventTime(to)];
  if (!first || !last) return undefined;
  const iso = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  return `between (datetime(${iso(instantMs(first) - ms)}) .. datetime(${iso(instantMs(last) + ms)}))`;
}

/** What a reader cannot see has no place in a query that he is to trust. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A string literal of KQL: backslash and quote are escaped by a backslash (Kusto, "The string data type"). Undefined for other values, and for strings that
 * are empty, long or hide something.
 */
export function literal(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > MOST_VALUE || HIDDEN.test(value)) {
    return undefined;
  }
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** As the portal's own links have it: the query in UTF-16LE, compressed with gzip, in base64 for URLs without padding. */
export function encodedQuery(query: string): string {
  const bytes = new Uint8Array(2 * query.length);
  for (let at = 0; at < query.length; at++) {
    const unit = query.charCodeAt(at);
    bytes[2 * at] = unit & 0xff;
    bytes[2 * at + 1] = unit >> 8;
  }
  // Without a time in its header, so that equal queries have equal links.
  const zipped = gzipSync(bytes, { level: 9, mtime: 0 });
  const base64 = btoa(String.fromCharCode(...zipped));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
