/** The destinations: what each is sent, whether it takes it, what it answered, and what waits for it. */
import { z } from 'zod';
import { readableDocuments, unreadableText } from '../../checkpoints/readable-only.ts';
import { redact } from '../../config/redact.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { shownDestination } from '../../config/shown-destination.ts';
import { breakerDocument } from '../../delivery/breaker.ts';
import { holdsDocument } from '../../delivery/table-holds.ts';
import type { DestinationActivity } from '../../relay/activity/activity.ts';
import { hasConsumer, silentProcesses } from '../../relay/activity/silent.ts';
import { indexDocument } from '../../relay/alerts/names.ts';
import { type DestinationState, destinationStates } from '../../relay/status/destination-states.ts';
import { collectStatus } from '../../relay/status/report.ts';
import { messageOf } from '../../shared/errors.ts';
import { activityOf } from '../activity.ts';
import { lacking } from '../attempts.ts';
import type {
  DestinationFigures,
  DestinationItem,
  DestinationStateItem,
  DestinationsView,
  LagView,
  OutOfServiceItem,
} from '../model/destinations.ts';
import { type View, view } from '../page.ts';
import { showsQuotes, withoutAnswer } from '../quotes.ts';
import { replayCount } from './replay.ts';

/** Alarms are not part of the lag: no age is one. Milliseconds. */
const NO_ALARM_MS = Number.MAX_SAFE_INTEGER;
const KEPT_MS = 5_000;
/** Each look lists the recent hours of every container. Milliseconds. */
const LAG_KEPT_MS = 60_000;

const EXCERPTS_HIDDEN =
  'What destinations said in their replies is left out, since it may quote rows: console.rows in relay.yaml shows no rows, only some, or masks columns.';

const destinations = view({
  path: 'destinations',
  query: z.strictObject({}),
  keptMs: KEPT_MS,
  async read(_query, context): Promise<DestinationsView> {
    const { config, ports, services, host, signal } = context;
    const now = services.clock.now();
    const hide = (text: string) => redact(text, host.secrets);
    const trouble: string[] = [];
    const { readable, unreadable } = readableDocuments(ports.documents);
    const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        trouble.push(`${what}: ${hide(messageOf(error))}`);
        return undefined;
      }
    };
    const [states, activity] = await Promise.all([
      attempt('Whether destinations are in service is unknown', () =>
        destinationStates(readable, config.destinations, now, signal),
      ),
      attempt('What was delivered is unknown', () => activityOf(context)),
    ]);
    trouble.push(...[...unreadable].map(unreadableText));
    const isAnyAlive = activity !== undefined && hasConsumer(activity);
    const showsExcerpts = showsQuotes(config);
    const said: Hide = showsExcerpts ? hide : (text) => hide(withoutAnswer(text));
    const of = (name: string): DestinationItem => {
      const state = states?.find((one) => one.name === name);
      const figures = activity?.destinations.find((one) => one.name === name);
      return {
        name,
        type: config.destinations[name]?.type ?? '',
        sent: sentTo(config, name),
        state: state && !isDamaged(name, unreadable) ? stateOf(state, said) : undefined,
        holds: (state?.holds ?? []).map(({ table, ...why }) => ({ table, ...outOf(why, said) })),
        figures: figures && {
          ...figuresOf(figures, showsExcerpts, said),
          // Activity sums up those of living processes: without any, its zero is no figure.
          oldestUndeliveredSeconds: isAnyAlive ? figures.oldestUndeliveredSeconds : undefined,
        },
        settings: shownDestination(config, name, host.secrets) ?? '',
      };
    };
    trouble.push(...lacking(activity));
    const writes = (activity?.processes ?? []).filter(({ consumes }) => consumes).map((one) => one.writtenOn);
    return {
      at: now,
      destinations: Object.keys(config.destinations).map(of),
      processes: activity && {
        isAnyAlive,
        silent: silentProcesses(activity),
        newest: writes.length > 0 ? Math.max(...writes) : undefined,
      },
      sources: ports.sources.flatMap(({ name }) => name ?? []),
      excerptsHidden: showsExcerpts ? undefined : EXCERPTS_HIDDEN,
      trouble,
    };
  },
});

type Hide = (text: string) => string;

/** Whether a document is damaged that may say that a destination, or a table of it, is out of service. */
function isDamaged(name: string, unreadable: ReadonlySet<string>): boolean {
  return [breakerDocument(name), holdsDocument(name), indexDocument(name)].some((one) => unreadable.has(one));
}

/** What relay.yaml says that it is sent. The rules may send it more. */
function sentTo(config: RelayConfig, name: string): readonly string[] {
  const levels = config.alerts.filter(({ to }) => to.includes(name)).flatMap((one) => one.levels);
  const sent = [
    config.default_destinations.includes(name) && 'rows of tables without routes',
    levels.length > 0 && `alerts of the levels ${[...new Set(levels)].join(', ')}`,
    config.operational.to.includes(name) && 'troubles of the relay itself',
  ];
  const known = sent.filter((one) => one !== false);
  return known.length > 0 ? known : ['only what routes of table files send it'];
}

function stateOf({ breaker, messages }: DestinationState, hide: Hide): DestinationStateItem {
  if (breaker)
    return { kind: breaker.disabledAt === undefined ? 'out' : 'disabled', ...outOf(breaker, hide) };
  if (messages) return { kind: 'silent', ...outOf(messages, hide) };
  return { kind: 'in_service' };
}

interface Why {
  readonly since: number;
  readonly openUntil: number;
  readonly code: string;
  readonly message: string;
  readonly failures?: number | undefined;
  readonly disabledAt?: number | undefined;
}

function outOf({ since, openUntil, code, message, failures, disabledAt }: Why, hide: Hide): OutOfServiceItem {
  const nextTry = disabledAt === undefined ? openUntil : undefined;
  return { since: disabledAt ?? since, nextTry, code, message: hide(message), failures };
}

function figuresOf(
  { name: _, replies, ...figures }: DestinationActivity,
  showsExcerpts: boolean,
  hide: Hide,
): Omit<DestinationFigures, 'oldestUndeliveredSeconds'> {
  const shown = replies.map((reply) => ({
    ...reply,
    message: reply.message === undefined ? undefined : hide(reply.message),
    excerpt: !showsExcerpts || reply.excerpt === undefined ? undefined : hide(reply.excerpt),
  }));
  return { ...figures, replies: shown };
}

const lag = view({
  path: 'destinations/lag',
  query: z.strictObject({}),
  keptMs: LAG_KEPT_MS,
  async read(_query, { config, ports, services, host, signal }): Promise<LagView> {
    const { sweep } = config;
    const report = await collectStatus(
      { ...ports, clock: services.clock },
      {
        destinations: Object.keys(config.destinations),
        sinceMs: sweep.wide,
        maxLagMs: NO_ALARM_MS,
        silentAfterMs: sweep.silent_after,
        tellsTroubles: false,
      },
      signal,
    );
    const isPartial = report.unknown.includes('lag');
    return {
      at: report.at,
      sinceMs: report.sinceMs,
      lag: report.lag,
      replays: report.replays,
      isPartial,
      trouble: isPartial ? report.trouble.map((one) => redact(one, host.secrets)) : [],
    };
  },
});

export const destinationViews: readonly View[] = [destinations, lag, replayCount];
