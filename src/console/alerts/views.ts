/** The views of the page Alerts: groups of alerts as people were told of them, and silences. */
import { z } from 'zod';
import type { Group } from '../../alerts/groups/state.ts';
import type { Silence } from '../../alerts/silences.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { readableDocuments, unreadableText } from '../../checkpoints/readable-only.ts';
import { redact } from '../../config/redact.ts';
import { descriptorOf, groupsAlerts } from '../../destinations/list.ts';
import { waitingAlerts } from '../../relay/alerts/status.ts';
import { type GroupsDocument, groupsDocuments, groupsIn } from '../../relay/alerts/stored.ts';
import { listSilences } from '../../relay/silences/change.ts';
import { type CountedSilence, totalOf } from '../../relay/silences/documents.ts';
import type { RuleFact } from '../../rules/rule-facts.ts';
import { LEVELS } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type {
  AlertDestination,
  AlertGroup,
  AlertsPage,
  EndedSilenceLine,
  SilenceLine,
  SilencesPage,
} from '../model/alerts.ts';
import { type ConsoleContext, view } from '../page.ts';
import { showsQuotes, withoutAnswer } from '../quotes.ts';
import { MASKED } from '../rows.ts';
import { setInForce } from '../rules/set.ts';
import { alertGroup, type GroupContext } from './group.ts';
import { shownOf } from './shown.ts';

/** Documents read at once, and for one page: each has at most 900 KB. */
const AT_ONCE = 8;
const MOST_DOCUMENTS = 40;
/** A page ends with the documents in which it has found so many groups. */
const ENOUGH_GROUPS = 50;
const MOST_ENDED = 50;
/** Stands for the values of a silence's conditions where rows are not shown. */
const HIDDEN = '(hidden)';

const text = z.string().max(200);

const alertsQuery = z.strictObject({
  destination: text.optional(),
  severity: z.enum(LEVELS).optional(),
  /** A part of the rule's title, or its id. */
  rule: text.optional(),
  /** A part of anything that is shown of the group. */
  q: text.optional(),
  /** How many documents the pages before have looked at. */
  after: z
    .string()
    .regex(/^\d{1,6}$/)
    .default('0')
    .transform(Number),
});
type AlertsQuery = z.output<typeof alertsQuery>;

const alertsPage = view({
  path: 'alerts',
  query: alertsQuery,
  // The suggested exception names who looks.
  keptMs: 0,
  async read(query, context): Promise<AlertsPage> {
    const { config, ports, services, signal, viewer } = context;
    const now = services.clock.now();
    const { readable, unreadable: damaged } = readableDocuments(ports.documents);
    const destinations = await alertDestinations(context, readable, now);
    const wanted = destinations.filter(
      ({ name }) => query.destination === undefined || name === query.destination,
    );
    const lists = await Promise.all(wanted.map(({ name }) => groupsDocuments(readable, name, signal)));
    const all = lists.flat().sort((a, b) => b.writtenOn - a.writtenOn);
    const { active } = await listSilences({ documents: readable, clock: services.clock }, signal);
    const line: GroupContext = {
      config,
      now,
      silences: active.map(({ silence }) => silence),
      exception: { owner: viewer.name, kindOf: await kindsOf(context) },
    };
    const groups: { line: AlertGroup; on: number }[] = [];
    let unreadable = 0;
    let at = query.after;
    const end = Math.min(all.length, query.after + MOST_DOCUMENTS);
    while (at < end && groups.length < ENOUGH_GROUPS) {
      const some = all.slice(at, Math.min(end, at + AT_ONCE));
      at += some.length;
      for (const { document, found } of await readAll(context, some)) {
        if (found === undefined) unreadable += 1;
        for (const group of found ?? []) {
          const one = alertGroup(document.destination, group, line);
          if (isWanted(one, query)) groups.push({ line: one, on: Math.max(group.opened, group.saidAt ?? 0) });
        }
      }
    }
    return {
      at: now,
      destinations,
      groups: groups.sort((a, b) => b.on - a.on).map((one) => one.line),
      looked: { from: Math.min(query.after, all.length), to: Math.min(at, all.length), of: all.length },
      ...(at < all.length && { next: at }),
      unreadable,
      troubles: [...damaged].map(unreadableText),
    };
  },
});

async function alertDestinations(
  { config, host, signal }: ConsoleContext,
  documents: StateDocuments,
  now: number,
): Promise<readonly AlertDestination[]> {
  const waiting = new Map((await waitingAlerts(documents, now, signal)).map((one) => [one.destination, one]));
  const isWhole = showsQuotes(config);
  const said = (message: string) => redact(isWhole ? message : withoutAnswer(message), host.secrets);
  return Object.entries(config.destinations)
    .filter(([, entry]) => groupsAlerts(entry))
    .map(([name, entry]): AlertDestination => {
      const known = waiting.get(name);
      const { audience } = descriptorOf(entry.type);
      if (known === undefined) return { name, type: entry.type, audience };
      const { pending, groups, overdueSeconds, pause } = known;
      return {
        name,
        type: entry.type,
        audience,
        pending,
        groups,
        overdueSeconds,
        ...(pause && { pause: { code: pause.code, message: said(pause.message), since: pause.since } }),
      };
    });
}

/** The kinds of the rules in force, as far as the set is known: without them an exception is suggested unchecked. */
async function kindsOf(
  context: ConsoleContext,
): Promise<(rule: string) => RuleFact['kind'] | 'gone' | undefined> {
  const set = await setInForce(context).catch(() => undefined);
  context.signal.throwIfAborted();
  if (set === undefined || set.trouble !== undefined) return () => undefined;
  const kinds = new Map(set.rules.map(({ rule, kind }) => [rule, kind]));
  return (rule) => kinds.get(rule) ?? 'gone';
}

async function readAll(
  { ports, signal }: ConsoleContext,
  documents: readonly GroupsDocument[],
): Promise<readonly { readonly document: GroupsDocument; readonly found: readonly Group[] | undefined }[]> {
  const read: { document: GroupsDocument; found: readonly Group[] | undefined }[] = [];
  await inParallel(
    documents,
    AT_ONCE,
    async (document) => {
      read.push({ document, found: await groupsIn(ports.documents, document, signal) });
    },
    signal,
  );
  return read;
}

/** Compares only what is shown: a search must not tell what is masked. */
function isWanted(group: AlertGroup, { severity, rule, q }: AlertsQuery): boolean {
  if (severity !== undefined && group.severity !== severity) return false;
  const has = (part: string, ...texts: readonly (string | undefined)[]) =>
    texts.some((one) => one?.toLowerCase().includes(part.toLowerCase()));
  if (rule !== undefined && !has(rule, group.rule?.title, group.rule?.id, group.title)) return false;
  if (q === undefined || q === '') return true;
  const { rows } = group;
  const values = [...(rows?.matched ?? []), ...(rows?.groupedBy ?? [])].map(({ value }) => value);
  const names = (rows?.entities ?? []).flatMap((entity) => entity.names);
  const tags = group.tags.map(({ label }) => label);
  return has(
    q,
    group.title,
    group.rule?.title,
    group.rule?.id,
    ...group.tables,
    ...tags,
    ...values,
    ...names,
  );
}

const silencesPage = view({
  path: 'alerts/silences',
  query: z.strictObject({}),
  keptMs: 2_000,
  async read(_query, { config, ports, services, signal }): Promise<SilencesPage> {
    const { clock } = services;
    const { readable, unreadable } = readableDocuments(ports.documents);
    const { active, ended } = await listSilences({ documents: readable, clock }, signal);
    const line = (one: CountedSilence) => silenceLine(one, shownOf(config, { table: '' }));
    return {
      at: clock.now(),
      active: active.map(line).reverse(),
      ended: [...ended]
        .sort((a, b) => b.endedOn - a.endedOn)
        .slice(0, MOST_ENDED)
        .map((one): EndedSilenceLine => {
          const { endedOn, endedBy, endReason } = one;
          return {
            ...line(one),
            endedOn,
            ...(endedBy !== undefined && { endedBy }),
            ...(endReason !== undefined && { endReason }),
          };
        }),
      troubles: [...unreadable].map(unreadableText),
    };
  },
});

function silenceLine(one: CountedSilence, shown: ReturnType<typeof shownOf>): SilenceLine {
  const { id, rule, where, from, until, by, reason }: Silence = one.silence;
  return {
    id,
    ...(rule !== undefined && { rule }),
    where: where.map(({ column, value }) => ({
      column,
      value: shown.isMasked(column) ? MASKED : shown.isShown ? value : HIDDEN,
    })),
    from,
    until,
    by,
    reason,
    silenced: totalOf(one),
  };
}

export const alertsViews = [alertsPage, silencesPage];
