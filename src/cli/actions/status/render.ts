/** Renders the status of the relay for a person. */
import picocolors from 'picocolors';
import { redact } from '../../../config/redact.ts';
import { isOldList, refusalErrorText, rulesHostText } from '../../../relay/rule-sets/records.ts';
import { listsOf } from '../../../relay/status/alarms.ts';
import type { LagLine, StatusReport, UnknownPart } from '../../../relay/status/report.ts';
import { sourcePath } from '../../../shared/event.ts';
import { formatAge, formatBytes, formatInstant, plural } from '../../../shared/readable.ts';
import { formatTable, visible } from '../../text.ts';
import { LOSS_HEAD, lossRows } from '../losses.ts';

/** How many rows a part of the report shows; the rest is only counted. */
const MOST_ROWS = 40;

type Paint = ReturnType<typeof picocolors.createColors>;

/** A part of the report: its title and its lines; undefined if it has nothing to show. */
type Part = (report: StatusReport, paint: Paint) => readonly [title: string, text: string] | undefined;

const PARTS: readonly Part[] = [
  lagPart,
  ({ replays }) => (replays.length === 0 ? undefined : ['REPLAYS', lagTable(replays, false)]),
  breakersPart,
  alertsPart,
  troublesPart,
  holdsPart,
  heldBlobsPart,
  ({ isolating }) => (isolating.total === 0 ? undefined : ['ISOLATED ROWS', letterTable(isolating)]),
  ({ deadLetters }) => (deadLetters.total === 0 ? undefined : ['DEAD LETTERS', letterTable(deadLetters)]),
  atRiskPart,
  ({ losses }) => (losses.total === 0 ? undefined : ['LOST', lossTable(losses)]),
  rulesPart,
  listsPart,
  refusedRulesPart,
  workPart,
  unknownPart,
  attentionPart,
];

/** Renders the report for a person: each part under its title. */
export function renderStatus(report: StatusReport, color: boolean): string {
  const paint = picocolors.createColors(color);
  return PARTS.flatMap((part) => {
    const [title, text] = part(report, paint) ?? [];
    return title === undefined ? [] : `${paint.bold(title)}\n${text}`;
  })
    .concat(paint.dim(formatInstant(report.at)))
    .join('\n\n');
}

function lagPart(report: StatusReport, paint: Paint): readonly [string, string] {
  const { lag, unknown, containers, sinceMs } = report;
  const isUnknown = unknown.includes('lag');
  if (lag.length > 0) {
    const more = `\n${paint.red('and perhaps more: not every blob could be looked at')}`;
    return ['LAG', lagTable(lag, true) + (isUnknown ? more : '')];
  }
  if (isUnknown) return ['LAG', paint.red('unknown: not every blob could be looked at')];
  if (containers === 0) return ['LAG', paint.red('unknown: there is no container of Defender to look at')];
  return ['LAG', paint.green(`everything of the last ${formatAge(sinceMs)} is delivered`)];
}

/** What each part is called in the list of what is unknown. */
const UNKNOWN: Readonly<Record<UnknownPart, string>> = {
  lag: 'what waits',
  atRisk: 'what is deleted soon',
  losses: 'what was lost',
  breakers: 'which destinations are out of service',
  alerts: 'what waits to be told to people',
  troubles: 'which troubles people were told of',
  holds: 'which tables are held',
  rules: 'which rules are in force',
  configs: 'which hosts refused a changed relay.yaml',
  deadLetters: 'how many dead letters there are',
  isolating: 'which rows are isolated',
  queue: 'what is in the queue',
  silent: 'which tables are silent',
};

function unknownPart(
  { unknown, trouble }: StatusReport,
  paint: Paint,
): readonly [string, string] | undefined {
  if (unknown.length === 0 && trouble.length === 0) return undefined;
  const what = unknown.map((part) => UNKNOWN[part]).join(', ');
  const lines = trouble.map((one) => paint.red(`- ${visible(redact(one))}`));
  return ['UNKNOWN', [...(what === '' ? [] : [paint.red(what)]), ...lines].join('\n')];
}

function breakersPart({ at, breakers }: StatusReport): readonly [string, string] | undefined {
  if (breakers.length === 0) return undefined;
  const rows = breakers.map(({ destination, since, failures, openUntil, code, message, disabledAt }) => [
    destination,
    formatAge(at - since),
    String(failures),
    disabledAt === undefined ? nextAt(openUntil, at) : 'disabled',
    visible(redact(`${message} (${code})`)),
  ]);
  return [
    'OUT OF SERVICE',
    formatTable(['DESTINATION', 'SINCE', 'FAILURES', 'NEXT TRY', 'WHY'], rows, [1, 2]),
  ];
}

function alertsPart({ at, alerts }: StatusReport): readonly [string, string] | undefined {
  if (alerts.length === 0) return undefined;
  const rows = alerts.map(({ destination, groups, pending, overdueSeconds, pause, refused = [] }) => [
    destination,
    String(groups),
    String(pending),
    overdueSeconds < 1 ? '-' : formatAge(overdueSeconds * 1000),
    pause === undefined ? '-' : nextAt(pause.until, at),
    pause === undefined
      ? refused.map(({ place, message }) => visible(redact(`${place}: ${message}`))).join('; ')
      : visible(redact(`${pause.message} (${pause.code})`)),
  ]);
  return [
    'GROUPS OF ALERTS',
    cut(['DESTINATION', 'GROUPS', 'UNTOLD', 'OVERDUE', 'NEXT TRY', 'WHY'], rows, [1, 2]),
  ];
}

function troublesPart({ at, troubles }: StatusReport): readonly [string, string] | undefined {
  if (troubles.length === 0) return undefined;
  const rows = troubles.map(({ kind, subjects, since }) => [
    TROUBLES[kind],
    formatAge(at - since),
    visible(subjects.join(', ')),
  ]);
  return ['TROUBLES THAT PEOPLE WERE TOLD OF', cut(['TROUBLE', 'SINCE', 'OF'], rows, [])];
}

const TROUBLES: Readonly<Record<StatusReport['troubles'][number]['kind'], string>> = {
  destination: 'out of service',
  disabled: 'disabled',
  rules: 'rules refused',
  dead_letters: 'dead letters',
  silent_table: 'silent table',
};

function holdsPart({ at, holds }: StatusReport): readonly [string, string] | undefined {
  if (holds.length === 0) return undefined;
  const rows = holds.map(({ destination, table, since, failures, openUntil, code, message }) => [
    destination,
    visible(table),
    formatAge(at - since),
    String(failures),
    nextAt(openUntil, at),
    visible(redact(`${message} (${code})`)),
  ]);
  return ['HELD TABLES', cut(['DESTINATION', 'TABLE', 'SINCE', 'FAILURES', 'NEXT TRY', 'WHY'], rows, [2, 3])];
}

function heldBlobsPart({ at, heldBlobs }: StatusReport): readonly [string, string] | undefined {
  if (heldBlobs.length === 0) return undefined;
  const rows = heldBlobs.map(({ blob, code, since, failures, until }) => [
    visible(code),
    formatAge(at - since),
    String(failures),
    nextAt(until, at),
    visible(blob),
  ]);
  return ['HELD BLOBS', cut(['WHY', 'SINCE', 'FAILURES', 'NEXT TRY', 'BLOB'], rows, [1, 2])];
}

function atRiskPart({ at, atRisk }: StatusReport): readonly [string, string] | undefined {
  if (atRisk.length === 0) return undefined;
  const rows = atRisk.map(({ source, table, deletedOn, destinations, blob }) => [
    visible(table),
    nextAt(deletedOn, at),
    visible(destinations.join(', ')),
    visible(placeOf(source, blob)),
  ]);
  return ['SOURCE IS DELETED', cut(['TABLE', 'DELETED', 'NOT YET AT', 'FIRST BLOB'], rows, [])];
}

function rulesPart({ at, rules }: StatusReport): readonly [string, string] | undefined {
  if (rules.length === 0) return undefined;
  const rows = rules.map((record) => [
    visible(rulesHostText(record)),
    visible(record.version ?? 'none') + (record.kept === undefined ? '' : ' (last good)'),
    record.since === undefined ? '' : formatAge(at - record.since),
    `${formatAge(at - record.seen)} ago`,
  ]);
  return ['RULES', cut(['HOST', 'VERSION', 'SINCE', 'SEEN'], rows, [2, 3])];
}

function listsPart({ at, rules }: StatusReport): readonly [string, string] | undefined {
  const rows = listsOf(rules).map((list) => [
    visible(list.name),
    list.type,
    list.entries.toLocaleString('en-US'),
    list.written === undefined ? '' : formatAge(at - list.written),
    isOldList(list, at) ? 'too old' : '',
  ]);
  if (rows.length === 0) return undefined;
  return ['LISTS', cut(['LIST', 'TYPE', 'ENTRIES', 'AGE', ''], rows, [2])];
}

function refusedRulesPart({ at, rules }: StatusReport): readonly [string, string] | undefined {
  const rows = rules.flatMap((record) =>
    (record.refused?.errors ?? []).map((error) => [
      visible(rulesHostText(record)),
      `${formatAge(at - (record.refused?.at ?? at))} ago`,
      visible(refusalErrorText(error)),
    ]),
  );
  if (rows.length === 0) return undefined;
  return ['REFUSED RULES', cut(['HOST', 'REFUSED', 'WHY'], rows, [1])];
}

function workPart({ queue, claims }: StatusReport): readonly [string, string] {
  const tasks = queue && `${plural(queue.ready, 'task')}, ${queue.poison.toLocaleString('en-US')} poison`;
  return [
    'QUEUE',
    `${tasks ?? 'unknown'}; consumers work on ${plural(claims.length, 'blob')} at this moment`,
  ];
}

function attentionPart({ alarms, unknown }: StatusReport, paint: Paint): readonly [string, string] {
  const lines = alarms.map((alarm) => paint.red(`- ${visible(redact(alarm))}`));
  const nothing = unknown.length === 0 ? paint.green('nothing') : 'nothing that could be looked at';
  return ['NEEDS ATTENTION', lines.length === 0 ? nothing : lines.join('\n')];
}

function nextAt(moment: number, now: number): string {
  return moment > now ? `in ${formatAge(moment - now)}` : 'now';
}

function lagTable(lines: readonly LagLine[], withAge: boolean): string {
  const named = lines.some(({ source }) => source !== undefined);
  const rows = lines.map(({ source = '', table, destination, blobs, bytes, ageMs }) => [
    ...(named ? [visible(source)] : []),
    visible(table),
    visible(destination),
    blobs.toLocaleString('en-US'),
    formatBytes(bytes),
    ...(withAge ? [formatAge(ageMs)] : []),
  ]);
  const head = ['TABLE', 'DESTINATION', 'BLOBS', 'WAITING', ...(withAge ? ['OLDEST'] : [])];
  return named ? cut(['SOURCE', ...head], rows, [3, 4, 5]) : cut(head, rows, [2, 3, 4]);
}

function placeOf(source: string | undefined, blob: string): string {
  return sourcePath({ ...(source !== undefined && { name: source }), blob });
}

function letterTable({ groups, more }: StatusReport['deadLetters']): string {
  const rows = groups.map(({ destination, reason, count }) => [
    visible(destination ?? '(unreadable)'),
    visible(reason),
    count.toLocaleString('en-US'),
  ]);
  return cut(['DESTINATION', 'REASON', 'COUNT'], rows, [2]) + (more ? '\nand more: the count ends here' : '');
}

function lossTable({ total, losses }: StatusReport['losses']): string {
  const table = cut(LOSS_HEAD, lossRows(losses), [2]);
  return total > losses.length ? `${table}\nof ${plural(total, 'lost blob')} in all` : table;
}

function cut(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const table = formatTable(head, rows.slice(0, MOST_ROWS), right);
  return rows.length > MOST_ROWS ? `${table}\nand ${rows.length - MOST_ROWS} more` : table;
}
