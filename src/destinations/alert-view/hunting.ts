/**
 * Queries of Advanced Hunting for what an alert is about, as links into Defender's portal.
 *
 * Values of a row stand in a query as string literals only, and only where nothing in them is hidden; names of tables and columns are
 * ours or checked. So a row cannot add a condition, an operator or another query to it.
 */
import { gzipSync } from 'fflate';
import type { AlertMessage } from '../../alerts/message.ts';
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

/** At most three: this event or Defender's alert, all events of the group where there are several, the hour around it on its host, else of its account. */
export function huntingLinks(message: AlertMessage): readonly HuntingLink[] {
  const { envelope } = message;
  const found = [
    alertQuery(message) ?? mailQuery(message) ?? eventQuery(message),
    groupQuery(message),
    hourQuery(message),
  ];
  return found.flatMap((one) => {
    if (one === undefined) return [];
    const url = portalPage('/v2/advanced-hunting', envelope.tenant, {
      query: encodedQuery(one.query),
      timeRangeId: 'month',
    });
    return [{ label: one.label, url, query: one.query }];
  });
}

interface Found {
  readonly label: string;
  readonly query: string;
}

/** Defender's alert with its evidence. */
function alertQuery({ envelope, defender }: AlertMessage): Found | undefined {
  const id = literal(defender?.alertId ?? envelope.event.AlertId);
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
  const id = literal(envelope.event.NetworkMessageId);
  if (id === undefined) return undefined;
  return {
    label: 'Hunt: this mail',
    query: `union withsource=Table isfuzzy=true ${MAIL_TABLES}
| where NetworkMessageId == ${id}
| sort by Timestamp asc`,
  };
}

/** ReportId, device and time together name one event (Microsoft, "DeviceProcessEvents", ReportId). */
function eventQuery({ envelope: { table, event, time } }: AlertMessage): Found | undefined {
  const at = around(time, time, MINUTE_MS);
  const named: readonly LinkColumn[] = ['DeviceId', 'ReportId', 'AccountObjectId'];
  const conditions = named.flatMap((column) =>
    Object.hasOwn(event, column) ? equal(column, event[column]) : [],
  );
  if (!TABLE.test(table) || at === undefined || conditions.length === 0) return undefined;
  return { label: 'Hunt: this event', query: [table, `where Timestamp ${at}`, ...conditions].join('\n| ') };
}

/** What the events of a group have in common, or, where they have only their rule, what the first one matched; from the first to the last. */
function groupQuery(message: AlertMessage): Found | undefined {
  const { table } = message.envelope;
  const span = around(message.firstTime, message.lastTime, MINUTE_MS);
  if (message.count < 2 || !TABLE.test(table) || span === undefined || message.defender) return undefined;
  const inCommon = message.groupedBy.flatMap(({ column, value }) => equal(column, value));
  if (inCommon.length < message.groupedBy.length) return undefined;
  const conditions = inCommon.length > 0 ? inCommon : matchedConditions(message);
  if (conditions.length === 0) return undefined;
  return {
    // Other alerts of the rule may have matched other values than the first.
    label: inCommon.length > 0 ? 'Hunt: the whole group' : 'Hunt: events like the first',
    query: [table, `where Timestamp ${span}`, ...conditions, 'sort by Timestamp asc'].join('\n| '),
  };
}

/** What the first alert matched, for groups that have nothing else in common than their rule. */
function matchedConditions({ envelope: { rule } }: AlertMessage): readonly string[] {
  return (rule?.matched ?? []).slice(0, 3).flatMap(({ column, value }) => equal(column, value));
}

/** Half an hour before and after. */
function hourQuery({ envelope: { event, time }, entities }: AlertMessage): Found | undefined {
  const at = around(time, time, HALF_HOUR_MS);
  if (at === undefined) return undefined;
  const ofFirst = (kind: 'host' | 'user') => entities.find((list) => list.kind === kind)?.first[0]?.id;
  const hour = (label: string, tables: string, column: string, id: string) => ({
    label,
    query: `union withsource=Table isfuzzy=true ${tables}
| where Timestamp ${at}
| where ${column} == ${id}
| sort by Timestamp asc`,
  });
  const device = literal(event.DeviceId ?? ofFirst('host'));
  if (device !== undefined) return hour("Hunt: the host's hour", DEVICE_TABLES, 'DeviceId', device);
  const account = event.AccountObjectId ?? ofFirst('user');
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
