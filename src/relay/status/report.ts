/** Collects the report of `status`: for each source, table and destination, what waits and why. */

import { BlobError } from '../../blobs/errors.ts';
import type { Hold } from '../../checkpoints/checkpoint.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { BreakerRecord } from '../../delivery/breaker.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { messageOf } from '../../shared/errors.ts';
import { sourcePath } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { formatAge, plural } from '../../shared/readable.ts';
import { OVERDUE_SECONDS, type WaitingAlerts, waitingAlerts } from '../alerts/status.ts';
import { blobsOf, daysIn, type PassOver, type Range } from '../discovery/backfill-days.ts';
import type { FoundBlob } from '../discovery/found-blobs.ts';
import { knownTables } from '../discovery/sweep-record.ts';
import { followedBlobs, keyOf } from '../follow/fleet.ts';
import { openTroubles } from '../operational/known.ts';
import type { Trouble } from '../operational/trouble.ts';
import { type FeedRecord, feedRecords } from '../rule-sets/feed-records.ts';
import {
  isOldList,
  type ListRecord,
  liveRulesRecords,
  type RulesRecord,
  refusalText,
  rulesHostText,
} from '../rule-sets/records.ts';
import type { SourcePorts } from '../source/sources.ts';
import { liesBefore, rememberedStart, type StartMark } from '../source/start.ts';
import { isSilent } from '../source/tables.ts';
import { type Loss, recentLosses } from '../visit/losses.ts';
import { type ConfigRefusal, refusedConfigs } from './config-records.ts';
import type { DeletedOn } from './retention.ts';
import { type HeldTable, heldTables, openBreakers } from './service.ts';
import { mayBeUnread, unreadOf } from './unread.ts';
import { type AtRisk, isSoon, lookAtContainer } from './watch.ts';

export interface StatusDeps {
  readonly sources: readonly SourcePorts[];
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
  readonly clock: Clock;
}

export interface StatusOptions {
  /** The destinations of relay.yaml. */
  readonly destinations: readonly string[];
  /** How far back blobs are listed. Milliseconds. */
  readonly sinceMs: number;
  /** Events that wait longer than this are an alarm. Milliseconds. */
  readonly maxLagMs: number;
  /** `sweep.silent_after`. Milliseconds. */
  readonly silentAfterMs: number;
  /** Whether people are told of the relay's own troubles: `operational.to`. Otherwise what the state has of them is out of date. */
  readonly tellsTroubles: boolean;
  /** The lists that feeds of relay.yaml write. */
  readonly listFeeds?: readonly string[];
  /** When a source's blobs are deleted; undefined if that is unknown: then no blob older than `sinceMs` is listed. */
  readonly deletedOn?: (source: SourcePorts) => DeletedOn | undefined;
}

/** Bytes and blobs that wait. */
export interface LagLine {
  /** The source's name; absent for a single source, under `storage`. */
  readonly source?: string;
  /** The table as in the container's name, in lower case. */
  readonly table: string;
  readonly destination: string;
  readonly blobs: number;
  readonly bytes: number;
  /** The estimated age of the oldest waiting event. Milliseconds. */
  readonly ageMs: number;
}

/** A table that is silent. */
export interface SilentTable {
  readonly source?: string;
  /** The table as in the container's name, in lower case. */
  readonly table: string;
  /** The last write that is known, ms since the epoch. */
  readonly lastWrite: number;
  /** Whether no write was ever seen: the last one, if there was any, is older. */
  readonly unseen: boolean;
}

/** The numbers of dead letters by destination and reason. */
export interface LetterCounts {
  readonly groups: readonly {
    readonly destination: string | undefined;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly total: number;
  /** Whether there are more letters than were counted. */
  readonly more: boolean;
}

/** A blob that cannot be read although the storage service works, for example because it is archived or being rehydrated. */
export interface HeldBlob extends Hold {
  /** `container/name`. */
  readonly blob: string;
}

/** A part of the report that may be incomplete. */
export type UnknownPart =
  | 'lag'
  | 'atRisk'
  | 'losses'
  | 'breakers'
  | 'alerts'
  | 'troubles'
  | 'holds'
  | 'rules'
  | 'configs'
  | 'deadLetters'
  | 'isolating'
  | 'queue'
  | 'silent';

export interface StatusReport {
  /** When the report was made, ms since the epoch. */
  readonly at: number;
  readonly lag: readonly LagLine[];
  /** How far back blobs were listed. Milliseconds. */
  readonly sinceMs: number;
  /** The parts that could not be read, or not to their end: what they lack is unknown, not absent. */
  readonly unknown: readonly UnknownPart[];
  /** How many containers of Defender there are; undefined if no source's could be listed. */
  readonly containers: number | undefined;
  /** Replays that are still running. */
  readonly replays: readonly LagLine[];
  readonly breakers: readonly (BreakerRecord & { readonly destination: string })[];
  /** What waits to be told to people, by destination; those for which nothing waits and nothing is wrong are left out. */
  readonly alerts: readonly WaitingAlerts[];
  /** Troubles of the relay that people were told of, and not of their end. */
  readonly troubles: readonly Trouble[];
  /** Tables that are held because one destination always refuses them. */
  readonly holds: readonly HeldTable[];
  readonly deadLetters: LetterCounts;
  /** Rows that fail alone while their destination accepts others, and are retried. */
  readonly isolating: LetterCounts;
  /** Blobs that cannot be read at present, up to a limit. */
  readonly heldBlobs: readonly HeldBlob[];
  /** For each table, the undelivered blob that the account will delete first. The soonest deletion comes first. */
  readonly atRisk: readonly (AtRisk & { readonly source?: string; readonly table: string })[];
  /** Blobs that were gone before they were delivered: their number, and some of them. */
  readonly losses: {
    readonly total: number;
    readonly losses: readonly (Loss & { readonly source?: string })[];
  };
  /** Tables whose container exists, but was not written for too long: see `sweep.silent_after`. */
  readonly silent: readonly SilentTable[];
  /** The recent records of which host runs which rules. */
  readonly rules: readonly RulesRecord[];
  /** How the pulls of list feeds went last, by list. */
  readonly feeds: readonly (FeedRecord & { readonly list: string })[];
  /** The hosts that refused a changed relay.yaml and keep the one from before. */
  readonly configs: readonly ConfigRefusal[];
  readonly queue: { readonly ready: number; readonly poison: number } | undefined;
  /** The blobs that consumers are visiting now. */
  readonly claims: readonly string[];
  /** What needs attention, one sentence each. What could not be read is in `trouble`. */
  readonly alarms: readonly string[];
  /** Why parts of the report are unknown, one sentence each. */
  readonly trouble: readonly string[];
}

/** How many dead letters are counted at most. */
const MOST_LETTERS = 10_000;
/** How many claims are listed at most. */
const MOST_CLAIMS = 1_000;
/** How many held blobs are listed at most. */
const MOST_HELD = 1_000;
/** How many losses are listed at most; the others are only counted. */
const MOST_LOSSES = 200;
const AT_ONCE = 8;

/**
 * Reads everything that the relay stores in the storage account, and writes nothing. For anything that cannot be read there is a sentence in
 * `trouble` and a name in `unknown`, and the rest is reported.
 */
export async function collectStatus(
  deps: StatusDeps,
  options: StatusOptions,
  signal?: AbortSignal,
): Promise<StatusReport> {
  const trouble: string[] = [];
  const unknown = new Set<UnknownPart>();
  /** Returns `otherwise` where `work` fails. @param part what is unknown then; undefined where it only makes an estimate coarser. */
  const attempt = async <T>(
    part: UnknownPart | undefined,
    what: string,
    otherwise: T,
    work: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      trouble.push(`${what} cannot be read: ${messageOf(error)}`);
      if (part !== undefined) unknown.add(part);
      return otherwise;
    }
  };
  const noBlobs = { lag: [], replays: [], claims: [], heldBlobs: [], containers: undefined };
  // Rows for a destination that relay.yaml no longer has do not count as waiting.
  const isKnown = ({ destination }: { readonly destination: string }) =>
    options.destinations.includes(destination);
  const noLetters = { groups: [], total: 0, more: false };
  // Each source is read separately, so that the report on the others is complete if one cannot be read.
  const following = attempt(undefined, 'What processes follow', new Set<string>(), () =>
    followedBlobs(deps.documents, deps.clock.now(), signal),
  );
  const looks = deps.sources.map(async (source) => {
    const of = source.name === undefined ? '' : ` of ${source.name}`;
    // At the same time: where nothing answers, each of them waits until its time is up.
    const [followed, start] = await Promise.all([
      following,
      attempt(undefined, `The start${of}`, undefined, () => rememberedStart(source.documents, signal)),
    ]);
    const troubled = new Set<string>();
    const passOver =
      (part: UnknownPart): PassOver =>
      (container, error) => {
        if (!troubled.has(container)) trouble.push(`${container}${of} cannot be listed: ${messageOf(error)}`);
        troubled.add(container);
        unknown.add(part);
      };
    const look: Look = { clock: deps.clock, source, options, start, followed, passOver, signal };
    const [blobs, atRisk, losses, silent] = await Promise.all([
      attempt('lag', `The lag${of}`, undefined, () => lookAtBlobs(look)),
      attempt('atRisk', `What is deleted soon${of}`, [], () => findAtRisk(look)),
      attempt('losses', `The losses${of}`, { total: 0, losses: [] }, () => lossesOf(look)),
      attempt('silent', `What is silent${of}`, [], () => silentOf(look)),
    ]);
    return { ...(blobs ?? noBlobs), atRisk, losses, silent };
  });
  const [looked, breakers, alerts, troubles, holds, rules, feeds, configs, deadLetters, isolating, queue] =
    await Promise.all([
      Promise.all(looks),
      attempt('breakers', 'The breakers', [], async () =>
        (await openBreakers(deps.documents, signal)).filter(isKnown),
      ),
      attempt('alerts', 'The alerts for people', [], async () =>
        (await waitingAlerts(deps.documents, deps.clock.now(), signal)).filter(
          (one) => one.groups > 0 || one.pause !== undefined,
        ),
      ),
      attempt('troubles', 'The troubles that people were told of', [], async () =>
        options.tellsTroubles ? await openTroubles(deps.documents, signal) : [],
      ),
      attempt('holds', 'The held tables', [], async () =>
        (await heldTables(deps.documents, signal)).filter(isKnown),
      ),
      attempt('rules', 'The rules in force', [], () =>
        liveRulesRecords(deps.documents, deps.clock.now(), signal),
      ),
      attempt('rules', 'The list feeds', [], async () =>
        options.listFeeds?.length ? await recordsOf(options.listFeeds, deps.documents, signal) : [],
      ),
      attempt('configs', 'Refused configurations', [], () =>
        refusedConfigs(deps.documents, deps.clock.now(), signal),
      ),
      attempt('deadLetters', 'The dead letters', noLetters, () => countLetters(deps, false, signal)),
      attempt('isolating', 'The isolated rows', noLetters, () => countLetters(deps, true, signal)),
      attempt('queue', 'The queue', undefined, () => deps.queue.depth(signal)),
    ]);
  const report = {
    at: deps.clock.now(),
    ...together(looked),
    sinceMs: options.sinceMs,
    unknown: [...unknown].sort(),
    breakers,
    alerts,
    troubles,
    holds,
    rules,
    feeds,
    configs,
    deadLetters,
    isolating,
    queue,
  };
  return { ...report, trouble, alarms: alarmsOf(report, options) };
}

function alarmsOf(
  report: Omit<StatusReport, 'alarms' | 'trouble'>,
  { maxLagMs, destinations }: StatusOptions,
): string[] {
  const { at, atRisk, breakers, heldBlobs, holds, deadLetters, losses, queue, lag } = report;
  const alarms = breakers.map(({ destination, since, code, disabledAt }) =>
    disabledAt === undefined
      ? `${destination} has been out of service for ${formatAge(at - since)} (${code})`
      : `${destination} has been disabled for ${formatAge(at - disabledAt)} (${code}): "xdr-relay destinations enable ${destination}" goes on`,
  );
  alarms.push(...peopleAlarms(report, destinations));
  for (const { table, destination, since, code } of holds) {
    alarms.push(`${destination} has refused ${table} for ${formatAge(at - since)} (${code})`);
  }
  const tableOf = ({ source, table }: { readonly source?: string; readonly table: string }) =>
    source === undefined ? table : `${table} of ${source}`;
  for (const { ageMs, destination, ...line } of lag) {
    if (ageMs > maxLagMs)
      alarms.push(`events of ${tableOf(line)} have waited ${formatAge(ageMs)} for ${destination}`);
  }
  if (report.containers === 0) {
    alarms.push('there is no container of Defender to read: "xdr-relay doctor" says what is missing');
  }
  for (const { lastWrite, unseen, ...line } of report.silent) {
    const age = `${unseen ? 'more than ' : ''}${formatAge(at - lastWrite)}`;
    alarms.push(`${tableOf(line)} has been silent for ${age}: is it still chosen in the Streaming API item?`);
  }
  alarms.push(...rulesAlarms(report), ...listAlarms(report), ...feedAlarms(report));
  for (const { host, at: since, message } of report.configs) {
    alarms.push(`node ${host} refused a changed relay.yaml ${formatAge(at - since)} ago: ${message}`);
  }
  if (heldBlobs.length > 0) alarms.push(`${plural(heldBlobs.length, 'blob')} cannot be read`);
  for (const risk of atRisk.filter((one) => isSoon(one, at))) {
    const left = risk.deletedOn > at ? `in ${formatAge(risk.deletedOn - at)}` : 'now';
    alarms.push(
      `the source of ${tableOf(risk)} is deleted ${left}, and ${risk.destinations.join(', ')} has not got it`,
    );
  }
  if (deadLetters.total > 0) {
    alarms.push(`${deadLetters.more ? 'more than ' : ''}${plural(deadLetters.total, 'dead letter')}`);
  }
  if (losses.total > 0) {
    alarms.push(`${plural(losses.total, 'blob')} gone before everything was delivered: rows are lost`);
  }
  if (queue && queue.poison > 0) alarms.push(`${plural(queue.poison, 'task')} in the poison queue`);
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

async function recordsOf(
  lists: readonly string[],
  documents: StateDocuments,
  signal: AbortSignal | undefined,
): Promise<readonly (FeedRecord & { readonly list: string })[]> {
  const records = await feedRecords(documents, signal);
  return lists.flatMap((list) => {
    const record = records.get(list);
    return record ? { list, ...record } : [];
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

type Looked = Pick<
  StatusReport,
  'lag' | 'replays' | 'claims' | 'heldBlobs' | 'atRisk' | 'losses' | 'containers' | 'silent'
>;

function together(looks: readonly Looked[]): Looked {
  const sorted = (lines: readonly LagLine[]) =>
    [...lines].sort((a, b) => b.ageMs - a.ageMs || b.bytes - a.bytes);
  const counts = looks.flatMap(({ containers }) => containers ?? []);
  return {
    containers: counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0),
    lag: sorted(looks.flatMap(({ lag }) => lag)),
    replays: sorted(looks.flatMap(({ replays }) => replays)),
    claims: looks.flatMap(({ claims }) => claims).sort(),
    heldBlobs: looks.flatMap(({ heldBlobs }) => heldBlobs).slice(0, MOST_HELD),
    silent: looks.flatMap(({ silent }) => silent).sort((a, b) => a.lastWrite - b.lastWrite),
    atRisk: looks.flatMap(({ atRisk }) => atRisk).sort((a, b) => a.deletedOn - b.deletedOn),
    losses: {
      total: looks.reduce((sum, { losses }) => sum + losses.total, 0),
      losses: looks.flatMap(({ losses }) => losses.losses),
    },
  };
}

/** The context for reading one source. */
interface Look {
  readonly clock: Clock;
  readonly source: SourcePorts;
  readonly options: StatusOptions;
  /** Where the source's reading began. */
  readonly start: StartMark | undefined;
  /** The blobs that processes follow by their own timers. */
  readonly followed: ReadonlySet<string>;
  /** Notes that a container cannot be listed, so that a part of the report is unknown. */
  readonly passOver: (part: UnknownPart) => PassOver;
  readonly signal: AbortSignal | undefined;
}

const named = ({ name }: SourcePorts) => (name === undefined ? {} : { source: name });

async function lookAtBlobs({
  clock,
  source,
  options,
  start,
  followed,
  passOver,
  signal,
}: Look): Promise<Pick<Looked, 'lag' | 'replays' | 'claims' | 'heldBlobs' | 'containers'>> {
  const { blobs, checkpoints, name: sourceName } = source;
  const { containerPrefix } = source.account;
  const now = clock.now();
  const deps = { blobs, checkpoints };
  const range: Range = { containerPrefix, from: now - options.sinceMs, to: now + 1 };
  const lag = new Map<string, LagLine>();
  const replays = new Map<string, LagLine>();
  const claims: string[] = [];
  const heldBlobs: HeldBlob[] = [];
  const place = sourceName === undefined ? {} : { name: sourceName };

  const lookAt = async (found: FoundBlob) => {
    const stored = found.checkpoint && (await checkpoints.load(found.entry.ref, signal));
    const { hold } = stored?.checkpoint ?? {};
    if (hold && heldBlobs.length < MOST_HELD) {
      heldBlobs.push({ blob: sourcePath({ ...place, blob: blobPath(found.entry.ref) }), ...hold });
    }
    const table = found.entry.ref.container.slice(containerPrefix.length);
    const isFollowed = followed.has(keyOf(found.entry.ref));
    const seen = { ...found, isFollowed };
    for (const unread of unreadOf(seen, stored?.checkpoint, options.destinations, now)) {
      const { destination, bytes, ageMs } = unread;
      const lines = unread.replay ? replays : lag;
      const key = `${table} ${destination}`;
      const line = lines.get(key) ?? { ...named(source), table, destination, blobs: 0, bytes: 0, ageMs: 0 };
      lines.set(key, {
        ...line,
        blobs: line.blobs + 1,
        bytes: line.bytes + bytes,
        ageMs: Math.max(line.ageMs, ageMs),
      });
    }
  };
  let containers = 0;
  for await (const _ of blobs.containers(containerPrefix, signal)) containers += 1;
  await inParallel(daysIn(deps, range, passOver('lag'), signal), AT_ONCE, async (day) => {
    const prefix = day.tenant + day.folder;
    for await (const name of checkpoints.listClaims(day.container, prefix, signal)) {
      if (claims.length < MOST_CLAIMS)
        claims.push(sourcePath({ ...place, blob: `${day.container}/${name}` }));
    }
    try {
      for await (const found of blobsOf(deps, day, range, signal)) {
        if (!found.checkpoint && liesBefore(found.entry, start)) continue;
        if (mayBeUnread(found)) await lookAt(found);
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      await passOver('lag')(day.container, error);
    }
  });
  return { lag: [...lag.values()], replays: [...replays.values()], claims, heldBlobs, containers };
}

/** Finds the blobs at risk by listing whole containers, because rows that have waited for weeks are deleted next. */
async function findAtRisk({
  clock,
  source,
  options,
  start,
  passOver,
  signal,
}: Look): Promise<StatusReport['atRisk']> {
  const { destinations } = options;
  const deletedOn = options.deletedOn?.(source);
  if (!deletedOn) return [];
  const { blobs, checkpoints } = source;
  const { containerPrefix } = source.account;
  const deps = { blobs, checkpoints, clock, start };
  const found: StatusReport['atRisk'][number][] = [];
  await inParallel(blobs.containers(containerPrefix, signal), AT_ONCE, async (container) => {
    const look = lookAtContainer(deps, { container, destinations, deletedOn }, signal);
    const risk = await look.catch(async (error: unknown) => {
      signal?.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      await passOver('atRisk')(container, error);
      return undefined;
    });
    if (risk) found.push({ ...named(source), table: container.slice(containerPrefix.length), ...risk });
  });
  return found;
}

/** What the sweeps of the running relay have found, as of the last one. */
async function silentOf({ source, clock, options, signal }: Look): Promise<StatusReport['silent']> {
  const tables = await knownTables(source.documents, signal);
  const { containerPrefix } = source.account;
  return Object.entries(tables).flatMap(([container, record]) => {
    if (!isSilent(record, clock.now(), options.silentAfterMs)) return [];
    const { lastWrite, unseen = false } = record;
    return [{ ...named(source), table: container.slice(containerPrefix.length), lastWrite, unseen }];
  });
}

async function lossesOf({ source, signal }: Look): Promise<StatusReport['losses']> {
  const { total, losses } = await recentLosses(source.documents, MOST_LOSSES, signal);
  return { total, losses: losses.map((loss) => ({ ...named(source), ...loss })) };
}

async function countLetters(
  { deadLetters }: StatusDeps,
  isolating: boolean,
  signal: AbortSignal | undefined,
): Promise<StatusReport['deadLetters']> {
  const groups = new Map<
    string,
    { readonly destination: string | undefined; readonly reason: string; count: number }
  >();
  let total = 0;
  for await (const { destination, reason } of deadLetters.list({ isolating }, signal)) {
    if (total === MOST_LETTERS) return { groups: [...groups.values()], total, more: true };
    total += 1;
    const key = JSON.stringify([destination ?? null, reason]);
    const group = groups.get(key) ?? { destination, reason, count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  return { groups: [...groups.values()], total, more: false };
}
