/** What of a report of `status` needs attention, one sentence each. */
import { formatAge, plural } from '../../shared/readable.ts';
import { OVERDUE_SECONDS } from '../alerts/status.ts';
import {
  isOldList,
  type ListRecord,
  type RulesRecord,
  refusalText,
  rulesHostText,
} from '../rule-sets/records.ts';
import type { StatusOptions, StatusReport } from './status-report.ts';
import { isSoon } from './watch.ts';

export interface Alarm {
  /** Where a person looks next: a page of the console. */
  readonly about: 'alerts' | 'dead-letters' | 'destinations' | 'now' | 'rules' | 'setup' | 'tables';
  readonly text: string;
}

const about = (page: Alarm['about'], text: string): Alarm => ({ about: page, text });

/** What a report says that needs attention, the most important kind first. */
export function alarmsOf(
  report: Omit<StatusReport, 'alarms' | 'trouble'>,
  { maxLagMs, destinations }: Pick<StatusOptions, 'maxLagMs' | 'destinations'>,
): readonly Alarm[] {
  const { at, atRisk, breakers, heldBlobs, holds, deadLetters, losses, queue, lag } = report;
  const alarms: Alarm[] = breakers.map(({ destination, since, code, disabledAt }) =>
    about(
      'destinations',
      disabledAt === undefined
        ? `${destination} has been out of service for ${formatAge(at - since)} (${code})`
        : `${destination} has been disabled for ${formatAge(at - disabledAt)} (${code}): "xdr-relay destinations enable ${destination}" goes on`,
    ),
  );
  alarms.push(...peopleAlarms(report, destinations).map((text) => about('alerts', text)));
  for (const { table, destination, since, code } of holds) {
    alarms.push(
      about('destinations', `${destination} has refused ${table} for ${formatAge(at - since)} (${code})`),
    );
  }
  const tableOf = ({ source, table }: { readonly source?: string; readonly table: string }) =>
    source === undefined ? table : `${table} of ${source}`;
  for (const { ageMs, destination, ...line } of lag) {
    if (ageMs > maxLagMs)
      alarms.push(
        about('now', `events of ${tableOf(line)} have waited ${formatAge(ageMs)} for ${destination}`),
      );
  }
  if (report.containers === 0) {
    alarms.push(
      about('setup', 'there is no container of Defender to read: "xdr-relay doctor" says what is missing'),
    );
  }
  for (const { lastWrite, unseen, ...line } of report.silent) {
    const age = `${unseen ? 'more than ' : ''}${formatAge(at - lastWrite)}`;
    alarms.push(
      about(
        'tables',
        `${tableOf(line)} has been silent for ${age}: is it still chosen in the Streaming API item?`,
      ),
    );
  }
  alarms.push(
    ...[...rulesAlarms(report), ...listAlarms(report), ...feedAlarms(report)].map((text) =>
      about('rules', text),
    ),
  );
  for (const { host, at: since, message } of report.configs) {
    alarms.push(
      about('setup', `node ${host} refused a changed relay.yaml ${formatAge(at - since)} ago: ${message}`),
    );
  }
  if (heldBlobs.length > 0)
    alarms.push(about('tables', `${plural(heldBlobs.length, 'blob')} cannot be read`));
  for (const risk of atRisk.filter((one) => isSoon(one, at))) {
    const left = risk.deletedOn > at ? `in ${formatAge(risk.deletedOn - at)}` : 'now';
    alarms.push(
      about(
        'tables',
        `the source of ${tableOf(risk)} is deleted ${left}, and ${risk.destinations.join(', ')} has not got it`,
      ),
    );
  }
  if (deadLetters.total > 0) {
    alarms.push(
      about(
        'dead-letters',
        `${deadLetters.more ? 'more than ' : ''}${plural(deadLetters.total, 'dead letter')}`,
      ),
    );
  }
  if (losses.total > 0) {
    alarms.push(
      about('tables', `${plural(losses.total, 'blob')} gone before everything was delivered: rows are lost`),
    );
  }
  if (queue && queue.poison > 0)
    alarms.push(about('now', `${plural(queue.poison, 'task')} in the poison queue`));
  return alarms;
}

/** The alarms about what people are not told. */
function peopleAlarms(
  { at, alerts }: Pick<StatusReport, 'at' | 'alerts'>,
  destinations: readonly string[],
): readonly string[] {
  return alerts.flatMap(({ destination, pending, overdueSeconds, pause, refused = [] }) => {
    const waiting = plural(pending, 'alert');
    if (!destinations.includes(destination)) {
      return [`${waiting} waiting for ${destination}, which relay.yaml does not have`];
    }
    if (pause !== undefined) {
      const age = formatAge(at - pause.since);
      return [`${destination} has taken no messages for ${age} (${pause.code}): ${waiting} waiting`];
    }
    const places = refused.map(({ place, since, code }) => {
      return `${place} of ${destination} has taken no messages for ${formatAge(at - since)} (${code}); ${waiting} waiting in all`;
    });
    if (overdueSeconds <= OVERDUE_SECONDS) return places;
    return [
      ...places,
      `messages to ${destination} are due for ${formatAge(overdueSeconds * 1000)}: does a consumer run?`,
    ];
  });
}

/** The alarms about lists that are older than they may be. */
function listAlarms({ at, rules: records }: Pick<StatusReport, 'at' | 'rules'>): readonly string[] {
  return listsOf(records)
    .filter((list) => isOldList(list, at))
    .map(({ name, written, maxAge }) => {
      const [age, most] = [at - (written ?? at), maxAge ?? 0].map(formatAge);
      return `the list ${name} is ${age} old, and at most ${most} are expected: does "xdr-relay lists pull" run?`;
    });
}

/** The alarms about list feeds whose pulls fail. */
function feedAlarms({ at, feeds }: Pick<StatusReport, 'at' | 'feeds'>): readonly string[] {
  return feeds.flatMap(({ list, failures, message, at: tried }) =>
    failures === 0
      ? []
      : `the feed of the list ${list} has failed ${plural(failures, 'time')} in a row, last ${formatAge(at - tried)} ago: ${message ?? ''}`,
  );
}

/** The lists of all hosts; of one that several have, the newest. */
export function listsOf(records: readonly RulesRecord[]): readonly ListRecord[] {
  const newest = new Map<string, ListRecord>();
  for (const list of records.flatMap((record) => record.lists ?? [])) {
    const known = newest.get(list.name);
    if (!known || (list.written ?? 0) > (known.written ?? 0)) newest.set(list.name, list);
  }
  return [...newest.values()];
}

/** The alarms about refused rules, by host. */
function rulesAlarms({ at, rules: records }: Pick<StatusReport, 'at' | 'rules'>): readonly string[] {
  return records.flatMap((record) => {
    const { refused, version, kept } = record;
    if (!refused) return [];
    const host = rulesHostText(record);
    const rules =
      kept === undefined
        ? `rules ${version}`
        : `the last good rules ${version}, kept ${formatAge(at - kept)} ago`;
    const what =
      version === undefined || refused.withoutRules
        ? `${host} has no rules to work with, the ones it found were refused`
        : `${host} goes on with ${rules}, new ones were refused`;
    return [`${what} ${formatAge(at - refused.at)} ago: ${refusalText(refused)}`];
  });
}
