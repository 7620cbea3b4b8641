/** One invocation of the Worker: its limits, its ports, and the relay that is assembled for it. */
import type { ClientOptions } from '../../azure/clients.ts';
import type { HttpClientFactory } from '../../destinations/http.ts';
import { type CloudflareQueue, createCloudflareQueue } from '../../queue/cloudflare.ts';
import type { TaskQueue } from '../../queue/port.ts';
import { assembleRelay, type Relay } from '../../relay/assemble.ts';
import { createDestinations, sharedPaces } from '../../relay/destinations.ts';
import type { HostServices, RelayPorts } from '../../relay/ports.ts';
import { type AssemblySettings, assemblySettings } from '../../relay/settings.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { systemClock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { azurePorts, type Credentials } from '../azure-ports.ts';
import { tellActivity } from './activity.ts';
import { azureHttpClient } from './azure-http.ts';
import { Budget, meteredBlobs, meteredQueue } from './budget.ts';
import { workerHttpClient } from './destination-http.ts';
import { createFigures, type Figures } from './figures.ts';
import type { Isolate } from './isolate.ts';
import { workerCredential } from './source-credential.ts';
import { invocationTelemetry } from './telemetry.ts';

/** One visit reads no longer than this. Milliseconds. */
const VISIT_MS = 20_000;
/** Cloudflare ends an invocation after 15 minutes; ours drops what it has a little earlier. Milliseconds. */
const ABORT_MS = 13 * 60_000;
/** Rows of one blob that wait for one destination: all of an isolate's invocations share 128 MB. Bytes. */
const MAX_BUFFER_BYTES = 2 * 1024 * 1024;

/** What an invocation has folded it says at once; what takes longer, the cron trigger says. Milliseconds. */
export const FOLDED_ALERTS = { ms: 20_000, aheadMs: 6_000, isRegular: false } as const;

/** What an isolate has done once that works on tasks: its containers exist. */
const ENSURED = 'all';

/** How an invocation reaches storage accounts and others, within what it may ask for. */
export interface Clients {
  readonly http: HttpClientFactory;
  readonly credentials: Credentials;
  readonly options: ClientOptions;
  readonly fetch: typeof globalThis.fetch;
}

/** Everything one invocation works with. Created for each invocation, because Workers bind I/O to the invocation that started it. */
export interface Invocation {
  readonly isolate: Isolate;
  readonly services: HostServices;
  readonly ports: RelayPorts;
  /** Cloudflare's queue, where it is bound: then it is the queue of the tasks. */
  readonly cloudflare: CloudflareQueue | undefined;
  /** Azure's, whether tasks wait there or not. */
  readonly storageQueue: TaskQueue;
  readonly budget: Budget;
  readonly clients: Clients;
  readonly stopping: Stopping;
  /** Assembles the relay, after a look at what other consumers know of the destinations. */
  relay(): Promise<Relay>;
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
  /** Lets work go on after the handler has answered: `waitUntil`. */
  readonly after: (work: Promise<void>) => void;
}

export function beginInvocation(
  isolate: Isolate,
  env: Pick<Env, 'TASKS' | 'POISON'>,
  { handler, visits, after }: InvocationOptions,
): Invocation {
  const { config, settings, logger } = isolate;
  const began = systemClock.monotonic();
  const figures = createFigures();
  const budget = new Budget({
    subrequests: settings.subrequests,
    reserve: reserveFor(visits, Object.keys(config.destinations).length, settings.subrequests),
  });
  const fetch = meteredFetch(budget);
  const clients: Clients = {
    http: workerHttpClient(fetch),
    credentials: (signIn) => workerCredential(isolate, signIn, { now: systemClock.now, fetch }),
    options: {
      httpClient: azureHttpClient(budget.spend),
      onOperation: (type) => figures.count('xdr_relay_storage_operations_total', { type }),
    },
    fetch,
  };
  const azure = azurePorts(config, clients.credentials, {
    ...clients.options,
    versionSeen: isolate.versionSeen,
  });
  const { clock } = azure;
  const basic = { clock, logger, metrics: figures };
  const telemetry = isolate.telemetry && invocationTelemetry(isolate.telemetry, basic, fetch);
  const services: HostServices = { ...basic, tracer: telemetry?.tracer };
  const cloudflare =
    settings.queue === 'azure'
      ? undefined
      : createCloudflareQueue({
          name: config.queue.name,
          tasks: meteredQueue(env.TASKS, budget),
          poison: meteredQueue(env.POISON, budget),
          clock,
        });
  const ports: RelayPorts = {
    ...azure,
    sources: azure.sources.map((source) => ({ ...source, blobs: meteredBlobs(source.blobs, budget) })),
    queue: cloudflare ?? azure.queue,
  };
  const abort = new AbortController();
  const cancelTimer = clock.after(ABORT_MS, () => abort.abort(tooLong()));

  const ensureQueue = () =>
    once(isolate, 'queue', async () => {
      if (settings.queue !== 'cloudflare') await azure.queue.ensure();
    });
  return {
    isolate,
    services,
    ports,
    cloudflare,
    storageQueue: azure.queue,
    budget,
    clients,
    stopping: { stop: budget.signal, abort: abort.signal },

    async relay() {
      const rules = await isolate.rules.current(ports);
      isolate.used.devices = rules.usesDevices === true;
      await isolate.devices.pass(ports.documents);
      const paces = sharedPaces({ documents: ports.documents, clock });
      const relay = assembleRelay({
        ports,
        services,
        settings: settingsOf(isolate, visits),
        destinations: createDestinations(config, {
          http: clients.http,
          clock,
          credentials: clients.credentials,
          paces,
          ...(isolate.activity && { replies: isolate.activity.replies }),
        }),
        rules: () => rules,
        state: isolate.state,
        devices: isolate.devices,
        capture: isolate.capture,
      });
      await once(isolate, 'former', relay.takeOverNames);
      await relay.refresh();
      return relay;
    },

    ensureQueue,

    ensure: () =>
      once(isolate, ENSURED, async () => {
        await Promise.all([ports.documents.ensure(), ports.deadLetters.ensure(), ensureQueue()]);
      }),

    end() {
      cancelTimer();
      isolate.figures.add(figures);
      if (telemetry) after(telemetry.send(isolate.figures));
      // Isolates that only answer requests have nothing to tell, and there are many.
      const told =
        isolate.done.has(ENSURED) && tellActivity(isolate, { ...services, documents: ports.documents });
      if (told) after(told);
      tellEnd(logger, figures, {
        handler,
        bytes: budget.bytes,
        subrequests: budget.subrequests,
        seconds: (clock.monotonic() - began) / 1000,
      });
    },
  };
}

/** All invocations of an isolate share its memory, so each may read only a limited number of bytes. */
function settingsOf({ config, settings }: Isolate, visits: number): AssemblySettings {
  const basic = assemblySettings(config);
  return {
    ...basic,
    visits: {
      ...basic.visits,
      bufferBytes: Math.min(basic.visits.bufferBytes, MAX_BUFFER_BYTES),
      visitMs: Math.min(basic.visits.visitMs, VISIT_MS),
      visitBytes: Math.ceil(Math.min(basic.visits.visitBytes, settings.invocationBytes) / visits),
    },
    consumer: { ...basic.consumer, concurrency: visits },
  };
}

function meteredFetch(budget: Budget): typeof fetch {
  return (input, init) => {
    budget.spend();
    return fetch(input, init);
  };
}

function tellEnd(logger: Logger, figures: Figures, used: Readonly<Record<string, string | number>>): void {
  const rows = figures.sum('xdr_relay_rows_total');
  logger[rows > 0 ? 'info' : 'debug']('Invocation ended', {
    rows,
    delivered: figures.sum('xdr_relay_delivered_total'),
    filtered: figures.sum('xdr_relay_rows_filtered_total'),
    alerts: figures.sum('xdr_relay_alerts_total'),
    dead_letters: figures.sum('xdr_relay_dead_letters_total'),
    ...used,
  });
}

/** Not again in this isolate, once it worked. */
async function once({ done }: Isolate, what: string, work: () => Promise<void>): Promise<void> {
  if (done.has(what)) return;
  await work();
  done.add(what);
}

/** After the stop each visit commits, sends what is on its way, queues the next tasks and gives its claim up. */
function reserveFor(visits: number, destinations: number, limit: number): number {
  return Math.min(Math.floor(limit / 2), visits * (12 + 6 * destinations));
}

function tooLong(): RelayError {
  return new RelayError('shutting_down', 'The invocation has run for too long');
}
