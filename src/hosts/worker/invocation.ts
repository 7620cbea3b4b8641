import { formerNames } from '../../config/former-names.ts';
import type { BreakerDeps } from '../../delivery/breaker.ts';
import { Evidence } from '../../delivery/evidence.ts';
import { takeOverDocuments } from '../../delivery/former-documents.ts';
import { type ManagedDestination, manageDestination } from '../../delivery/managed-destination.ts';
import { createDestination } from '../../destinations/create.ts';
import { fetchHttpClient, type HttpClientFactory } from '../../destinations/http.ts';
import { CloudflareQueue } from '../../queue/cloudflare.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { decideSource } from '../../relay/run-source.ts';
import { relaySettings } from '../../relay/settings.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import {
  type RelaySource,
  relaySources,
  type SharedDeps,
  type SourceBegin,
} from '../../relay/source/sources.ts';
import type { ConsumerOptions } from '../../relay/visit/consumer.ts';
import { systemClock } from '../../shared/clock.ts';
import { loggedError, RelayError } from '../../shared/errors.ts';
import { type AzurePorts, azurePorts } from '../azure-ports.ts';
import { azureHttpClient } from './azure-http.ts';
import { Budget, meteredBlobs, meteredQueue } from './budget.ts';
import type { CredentialDeps } from './credential.ts';
import { createFigures, type Figures } from './figures.ts';
import type { Relay } from './relay.ts';
import { workerCredential } from './source-credential.ts';

/** One visit reads no longer than this. Milliseconds. */
const VISIT_MS = 20_000;
/** Cloudflare ends an invocation after 15 minutes; ours drops what it has a little earlier. Milliseconds. */
const ABORT_MS = 13 * 60_000;
/** Rows of one blob that wait for one destination: all of an isolate's invocations share 128 MB. Bytes. */
const MAX_BUFFER_BYTES = 2 * 1024 * 1024;

/** What visits need. */
export interface Work {
  readonly deps: SharedDeps;
  readonly options: ConsumerOptions;
}

/** Everything one invocation works with. Made anew for each: Workers bind I/O to the invocation that began it. */
export interface Invocation {
  readonly relay: Relay;
  /** The queue of the tasks. */
  readonly queue: TaskQueue;
  /** Cloudflare's, where it is bound. */
  readonly cloudflare: CloudflareQueue | undefined;
  readonly ports: AzurePorts;
  readonly budget: Budget;
  readonly stopping: Stopping;
  readonly figures: Figures;
  /** Builds what visits need, after a look at what other consumers know of the destinations. */
  work(): Promise<Work>;
  /** Creates the containers and the Storage Queue where they are missing; looks once in an isolate. */
  ensure(): Promise<void>;
  /** The Storage Queue alone, where it is used. */
  ensureQueue(): Promise<void>;
  /** To be called at the end: books the figures and gives up the timer. */
  end(): void;
}

export interface InvocationOptions {
  /** `fetch`, `queue` or `scheduled`, for the log. */
  readonly handler: string;
  /** Visits at once. */
  readonly visits: number;
}

export function beginInvocation(
  relay: Relay,
  env: Pick<Env, 'TASKS' | 'POISON'>,
  { handler, visits }: InvocationOptions,
): Invocation {
  const { config, settings } = relay;
  const began = systemClock.monotonic();
  const figures = createFigures();
  const budget = new Budget({
    subrequests: settings.subrequests,
    reserve: reserveFor(visits, Object.keys(config.destinations).length, settings.subrequests),
  });
  const entra: CredentialDeps = {
    now: systemClock.now,
    fetch: (url, init) => {
      budget.spend();
      return fetch(url, init);
    },
  };
  const ports = azurePorts(config, (signIn) => workerCredential(relay.identity, signIn, entra), {
    httpClient: azureHttpClient(budget.spend),
  });
  const cloudflare =
    settings.queue === 'azure'
      ? undefined
      : new CloudflareQueue({
          name: config.queue.name,
          tasks: meteredQueue(env.TASKS, budget),
          poison: meteredQueue(env.POISON, budget),
          clock: ports.clock,
        });
  const queue = cloudflare ?? ports.queue;

  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(tooLong()), ABORT_MS);
  const stopping = { stop: budget.signal, abort: abort.signal };

  const invocation: Invocation = {
    relay,
    queue,
    cloudflare,
    ports,
    budget,
    stopping,
    figures,

    async work() {
      const rules = await relay.rules.current(ports);
      const shared = {
        documents: ports.documents,
        clock: ports.clock,
        logger: relay.logger,
        metrics: figures,
        retryAfterMaxMs: config.delivery.retry_after_max,
      };
      const former = formerNames(config);
      await once(relay, 'former', () => takeOverDocuments(ports.documents, former));
      const destinations = workerDestinations(relay, shared, budget);
      await Promise.all(
        [...destinations.values()].flatMap(({ breaker, holds }) => [breaker.refresh(), holds.refresh()]),
      );
      const basic = relaySettings(config);
      const deps: SharedDeps = {
        deadLetters: ports.deadLetters,
        queue,
        destinations,
        rules: () => rules,
        settings: {
          ...basic,
          bufferBytes: Math.min(basic.bufferBytes, MAX_BUFFER_BYTES),
          visitMs: Math.min(basic.visitMs, VISIT_MS),
          visitBytes: Math.ceil(Math.min(basic.visitBytes, settings.invocationBytes) / visits),
        },
        memory: relay.memory,
        lag: relay.lag,
        seen: relay.seen,
        stragglers: new Set(),
        clock: ports.clock,
        logger: relay.logger,
        metrics: figures,
      };
      const metered = ports.sources.map((source) => ({
        ...source,
        blobs: meteredBlobs(source.blobs, budget),
      }));
      const sources = relaySources(deps, metered, relay.begins);
      await Promise.all(sources.map((source) => beginSource(relay, source)));
      const options: ConsumerOptions = {
        // Of this invocation alone, correlations too: one must not wait for another's requests.
        sources,
        concurrency: visits,
        visibilitySeconds: Math.round(config.queue.visibility / 1000),
        dequeueLimit: config.queue.dequeue_limit,
        former,
      };
      return { deps, options };
    },

    ensureQueue: () =>
      once(relay, 'queue', async () => {
        if (settings.queue !== 'cloudflare') await ports.queue.ensure();
      }),

    ensure: () =>
      once(relay, 'all', async () => {
        await Promise.all([ports.documents.ensure(), ports.deadLetters.ensure(), invocation.ensureQueue()]);
      }),

    end() {
      clearTimeout(timer);
      relay.figures.add(figures);
      const rows = figures.sum('xdr_relay_rows_total');
      relay.logger[rows > 0 ? 'info' : 'debug']('Invocation ended', {
        handler,
        rows,
        delivered: figures.sum('xdr_relay_delivered_total'),
        filtered: figures.sum('xdr_relay_rows_filtered_total'),
        alerts: figures.sum('xdr_relay_alerts_total'),
        dead_letters: figures.sum('xdr_relay_dead_letters_total'),
        bytes: budget.bytes,
        subrequests: budget.subrequests,
        seconds: (systemClock.monotonic() - began) / 1000,
      });
    },
  };
  return invocation;
}

/** Where `start_at` says something: what was decided once holds for the isolate. A source that does not answer is asked again. */
async function beginSource(
  { begins, logger }: Relay,
  source: RelaySource & { readonly begin: SourceBegin },
): Promise<void> {
  const { begin, deps, startAt } = source;
  begins.set(deps.source, begin);
  if (begin.isDecided) return;
  try {
    if (startAt === undefined) begin.isDecided = true;
    else await decideSource(source);
  } catch (error) {
    logger.error('The source cannot be read; its blobs wait', {
      source: deps.source,
      ...loggedError(error),
    });
  }
}

/** Not again in this isolate, once it worked. */
async function once({ done }: Relay, what: string, work: () => Promise<void>): Promise<void> {
  if (done.has(what)) return;
  await work();
  done.add(what);
}

/** After the stop each visit commits, sends what is on its way, queues the next tasks and gives its claim up. */
function reserveFor(visits: number, destinations: number, limit: number): number {
  return Math.min(Math.floor(limit / 2), visits * (12 + 6 * destinations));
}

function workerDestinations(
  relay: Relay,
  breakers: BreakerDeps,
  budget: Budget,
): ReadonlyMap<string, ManagedDestination> {
  const http: HttpClientFactory = (options) =>
    fetchHttpClient((url, init) => {
      budget.spend();
      return fetch(url, init);
    }, options);
  const { config } = relay;
  const managed = new Map<string, ManagedDestination>();
  for (const [name, entry] of Object.entries(config.destinations)) {
    const destination = createDestination(name, entry, {
      http,
      clock: breakers.clock,
      retryAfterMaxMs: config.delivery.retry_after_max,
    });
    managed.set(name, manageDestination(destination, breakers, evidenceOf(relay, name)));
  }
  return managed;
}

/** What this isolate has seen a destination accept: outlives the invocation that saw it. */
function evidenceOf({ evidence }: Relay, name: string): Evidence {
  const known = evidence.get(name) ?? new Evidence();
  evidence.set(name, known);
  return known;
}

function tooLong(): RelayError {
  return new RelayError('shutting_down', 'The invocation has run for too long');
}
