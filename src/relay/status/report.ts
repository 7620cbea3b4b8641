/** Collects the report of `status`: for each source, table and destination, what waits and why. */

import { BlobError } from '../../blobs/errors.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { readableOnly, unreadableText } from '../../checkpoints/readable-only.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { messageOf } from '../../shared/errors.ts';
import { sourcePath } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { waitingAlerts } from '../alerts/status.ts';
import { blobsOf, daysIn, type PassOver, type Range } from '../discovery/backfill-days.ts';
import type { FoundBlob } from '../discovery/found-blobs.ts';
import { knownTables } from '../discovery/sweep-record.ts';
import { followedBlobs, keyOf } from '../follow/fleet.ts';
import { openTroubles } from '../operational/known.ts';
import { type FeedRecord, feedRecords } from '../rule-sets/feed-records.ts';
import { liveRulesRecords } from '../rule-sets/records.ts';
import type { SourcePorts } from '../source/sources.ts';
import { liesBefore, rememberedStart, type StartMark } from '../source/start.ts';
import { isSilent } from '../source/tables.ts';
import { recentLosses } from '../visit/losses.ts';
import { alarmsOf } from './alarms.ts';
import { refusedConfigs } from './config-records.ts';
import { heldTables, openBreakers } from './service.ts';
import type { HeldBlob, LagLine, StatusOptions, StatusReport, UnknownPart } from './status-report.ts';
import { mayBeUnread, unreadOf } from './unread.ts';
import { lookAtContainer } from './watch.ts';

export type { LagLine, StatusOptions, StatusReport, UnknownPart } from './status-report.ts';

export interface StatusDeps {
  readonly sources: readonly SourcePorts[];
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
  readonly clock: Clock;
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
  /** The documents for one part of the report, of which a damaged one is told and hides no other. */
  const documentsFor = (part: UnknownPart) =>
    readableOnly(deps.documents, (name) => {
      unknown.add(part);
      trouble.push(unreadableText(name));
    });
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
        (await openBreakers(documentsFor('breakers'), signal)).filter(isKnown),
      ),
      attempt('alerts', 'The alerts for people', [], async () =>
        (await waitingAlerts(documentsFor('alerts'), deps.clock.now(), signal)).filter(
          (one) => one.groups > 0 || one.pause !== undefined,
        ),
      ),
      attempt('troubles', 'The troubles that people were told of', [], async () =>
        options.tellsTroubles ? await openTroubles(deps.documents, signal) : [],
      ),
      attempt('holds', 'The held tables', [], async () =>
        (await heldTables(documentsFor('holds'), signal)).filter(isKnown),
      ),
      attempt('rules', 'The rules in force', [], () =>
        liveRulesRecords(documentsFor('rules'), deps.clock.now(), signal),
      ),
      attempt('rules', 'The list feeds', [], async () =>
        options.listFeeds?.length ? await recordsOf(options.listFeeds, deps.documents, signal) : [],
      ),
      attempt('configs', 'Refused configurations', [], () =>
        refusedConfigs(documentsFor('configs'), deps.clock.now(), signal),
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
  return { ...report, trouble, alarms: alarmsOf(report, options).map(({ text }) => text) };
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
