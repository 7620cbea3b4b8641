/** `xdr-relay serve`: the relay in a process of Node, until it is stopped. */
import { once } from 'node:events';
import { requireAuthentication } from '../../../routes/authentication.ts';
import { createKeptAnswers } from '../../../routes/kept-answers.ts';
import type { Environment } from '../../config/fill-in.ts';
import { stdoutDestinations } from '../../config/standard-output.ts';
import { storeUsageRegularly } from '../../relay/cost/usage.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { whenAborted } from '../../shared/when-aborted.ts';
import { createHttpApp } from '../endpoint.ts';
import { tokenCheck } from '../token-check.ts';
import { recordActivity } from './activity.ts';
import { tellAliveRegularly } from './alive-line.ts';
import { loadConfigFile, nodeVault } from './config-file.ts';
import { compiledFolder } from './keep-compiled.ts';
import { close } from './listen.ts';
import { metricFamilies } from './metric-families.ts';
import { type MetricsAsJson, renderMetrics } from './metrics.ts';
import { ensureStorage, type NodeParts, nodeParts } from './parts.ts';
import { processMetrics } from './process-metrics.ts';
import { pullListsRegularly } from './pull-lists.ts';
import { type Reloadable, Reloader } from './reload/reloader.ts';
import { refusalTeller } from './reload/tell-refusal.ts';
import { type ReadyConsumer, runConsumer } from './run-consumer.ts';
import { type Application, type Loaded, type PortServer, servePort } from './serve-port.ts';
import { shuttingDown } from './shutting-down.ts';
import { keepHeapSmall } from './small-heap.ts';
import { started } from './started.ts';
import type { Telemetry } from './telemetry.ts';
import { startThreads, type Threads, threadFile } from './threads/threads.ts';

export interface ServeOptions {
  /** Path of relay.yaml. */
  readonly configFile: string;
  /** Instead of `server.port`, `server.host`. */
  readonly port?: number;
  readonly host?: string;
  /** Instead of `monitoring.port`, `monitoring.host`. */
  readonly monitoringPort?: number;
  readonly monitoringHost?: string;
  /** Instead of `console.port`, `console.host`, where relay.yaml has `console`. */
  readonly consolePort?: number;
  readonly consoleHost?: string;
  /** Take requests without a key, on loopback. */
  readonly insecure: boolean;
  /** Take notifications. /readyz and /metrics are served on the port of monitoring either way. */
  readonly endpoint: boolean;
  /** Work on tasks, and sweep. */
  readonly consumer: boolean;
  /** Rules with errors end the start, although there are last good ones. */
  readonly strictRules: boolean;
  /** Aborted: finish what is on its way and end. */
  readonly signal: AbortSignal;
  /** Called with what SIGHUP shall do from now on. */
  readonly onHangup?: (listener: () => void) => void;
  /** Called with what shall be done when the reader of standard output has gone. */
  readonly onBrokenPipe?: (listener: () => void) => void;
  /** The variables that the process was started with, without those of the file `.env`. Default: all that it has. */
  readonly environment?: Environment;
}

/** Kubernetes and Container Apps kill 30 s after SIGTERM: what is not finished by then is dropped a little earlier. Milliseconds. */
const DRAIN_MS = 25_000;
/** By then the process ends, whatever holds it: the orchestrator's SIGKILL would come next. Milliseconds. */
const LAST_MS = 29_000;

/**
 * Runs the relay until the signal is aborted.
 *
 * It listens at once. While the storage account does not answer, the start is tried again and again; /events answers
 * 503 meanwhile. Throws ConfigError, RulesError, or a RelayError that says what cannot work; `state_newer` also after it has run, when a
 * newer version has taken over the state.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const letGrow = keepHeapSmall();
  const vault = nodeVault();
  const loaded = await loadConfigFile(options.configFile, { vault });
  const parts = await nodeParts(loaded, 'process');
  const { config, ports, services, start, operations, outdated, telemetry } = parts;
  if (config.limits.threads > 1) letGrow();
  const { logger } = services;
  const host = options.host ?? config.server.host;
  if (options.endpoint) requireAuthentication(config.server, { insecure: options.insecure, host });

  const unread = new AbortController();
  options.onBrokenPipe?.(() => pipeBroken(parts, unread));
  const signal = AbortSignal.any([options.signal, unread.signal, outdated]);

  vault.logTo(logger);
  let lookAgain: (() => void) | undefined;
  let reloader: Reloader | undefined;
  options.onHangup?.(() => {
    logger.info(
      reloader
        ? 'SIGHUP: reading relay.yaml, its secrets and the rules again'
        : 'SIGHUP: the start is not over; it reads the rules by itself, and relay.yaml again when it is over',
    );
    lookAgain?.();
    reloader?.request('SIGHUP');
  });

  const abort = new AbortController();
  const stopping: Stopping = { stop: signal, abort: abort.signal };
  const drain = () => {
    setTimeout(() => abort.abort(shuttingDown()), DRAIN_MS).unref();
    setTimeout(() => endNow(logger), LAST_MS).unref();
  };
  whenAborted(signal, drain);

  const ended = new AbortController();
  let storing: Promise<void> | undefined;
  let recording: Promise<void> | undefined;
  let pulling: Promise<void> | undefined;
  let reloading: Promise<void> | undefined;
  let threads: Threads | undefined;
  let takesEvents = false;
  const metrics = processMetrics(
    parts,
    () => threads,
    () => reloader?.running ?? config,
  );
  const running: Running = {
    takesEvents: () => takesEvents,
    threads: () => threads,
    metrics,
  };
  const listeners: PortServer[] = [];
  const reloads = (consumer: readonly Reloadable[]) => {
    const { configFile, environment = process.env } = options;
    const all = [...listeners, ...consumer, telemetryPart(telemetry)];
    const { tell: onRefused } = refusalTeller(ports.documents, services);
    reloader = new Reloader({ ...services, configFile, environment, vault, loaded, parts: all, onRefused });
    reloading = reloader.run(AbortSignal.any([signal, ended.signal]));
    started();
  };
  const telling = tellAliveRegularly(
    { ...services, metrics },
    () => (reloader?.running ?? config).log.heartbeat,
    ended.signal,
  );
  const exporting = telemetry?.run(async () => metricFamilies(await metrics()), ended.signal);
  try {
    if (options.endpoint)
      listeners.push(await startEndpoint(options, host, { ...parts, ...loaded }, running));
    listeners.push(await startMonitoring(options, { ...parts, ...loaded }, running));
    if (config.console) {
      const { startConsole } = await import('./console.ts');
      listeners.push(await startConsole(options, config.console, { ...parts, ...loaded }));
    }
    await start.until(() => ensureStorage(ports), signal);
    takesEvents = true;
    storing = storeUsageRegularly({ ...services, documents: ports.documents }, operations, ended.signal);
    recording = recordActivity(
      parts,
      { threadsNow: () => threads, consumes: options.consumer },
      ended.signal,
    );
    if (options.consumer)
      pulling = pullListsRegularly(
        parts,
        () => reloader?.running ?? config,
        AbortSignal.any([signal, ended.signal]),
      );
    const { strictRules } = options;
    const onRules = (again: () => void) => {
      lookAgain = again;
    };
    if (!options.consumer) {
      start.end();
      reloads([]);
      if (!signal.aborted) await once(signal, 'abort');
    } else if (config.limits.threads > 1) {
      threads = startThreads({
        file: await threadFile(process.argv[1]),
        loaded: { config, directory: loaded.directory, secrets: loaded.secrets },
        threads: config.limits.threads,
        strictRules,
        compiledFolder: compiledFolder(),
        stopping,
        clock: services.clock,
      });
      onRules(threads.lookAgain);
      threads.onRulesChange(() => reloader?.request('rules changed'));
      await runThreads(parts, threads, reloads);
    } else {
      const onReady = (consumer: ReadyConsumer) => {
        reloads([consumer]);
        consumer.onRulesChange(() => reloader?.request('rules changed'));
      };
      await runConsumer(parts, {
        strictRules,
        compiledFolder: compiledFolder(),
        stopping,
        onRules,
        onReady,
      });
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    letGrow();
    ended.abort();
    await Promise.all([
      ...listeners.map(({ server }) => close(server)),
      storing,
      recording,
      pulling,
      exporting,
      reloading,
      telling,
    ]);
    logger.info('xdr-relay has ended');
  }
  outdated.throwIfAborted();
}

/**
 * Ends the relay where all that it does is to write to the pipe. Where there are other destinations, they must not suffer: then the pipe is a
 * destination that is out of service.
 */
function pipeBroken({ config, services: { logger } }: NodeParts, end: AbortController): void {
  const names = stdoutDestinations(config);
  if (names.length === 0 || end.signal.aborted) return;
  if (names.length === Object.keys(config.destinations).length) {
    logger.info('The reader of standard output has gone, and there is no other destination: the relay ends');
    end.abort(new RelayError('not_writable', 'the reader of standard output has gone'));
  } else {
    logger.error('The reader of standard output has gone; the other destinations go on', {
      destinations: names,
    });
  }
}

/** The export changes with the configuration, where there is one. It cannot fail. */
function telemetryPart(telemetry: Telemetry | undefined): Reloadable {
  return {
    prepare: async ({ config }) => ({
      apply: async () => telemetry?.change(config),
      drop: async () => {},
    }),
  };
}

/** Resolves when all threads have ended. */
async function runThreads(
  { start }: NodeParts,
  threads: Threads,
  onReady: (parts: readonly Reloadable[]) => void,
): Promise<void> {
  threads.ready.then(
    () => {
      start.end();
      onReady([threads]);
    },
    () => {},
  );
  await threads.ended;
}

/** What the endpoint asks of the process while it runs. */
interface Running {
  readonly takesEvents: () => boolean;
  readonly threads: () => Threads | undefined;
  readonly metrics: () => Promise<MetricsAsJson>;
}

/** Listens for notifications: nothing else but /healthz is on this port. */
async function startEndpoint(
  options: ServeOptions,
  host: string,
  { config, secrets, ports, services }: NodeParts & Loaded,
  running: Running,
): Promise<PortServer> {
  const { insecure } = options;
  const { queue } = ports;
  const send: typeof queue.send = async (body, delaySeconds = 0) => {
    await queue.send(body, delaySeconds);
    running.threads()?.sent(delaySeconds * 1000);
  };
  const make = ({ config: current }: Loaded): Application => {
    requireAuthentication(current.server, { insecure, host });
    return createHttpApp(
      { config: current, services, ports: { ...ports, queue: { ...queue, send } } },
      {
        events: {
          insecure,
          isStarting: () => !running.takesEvents(),
          tokens: tokenCheck(current, { fetch, clock: services.clock }),
        },
      },
    );
  };
  const served = await servePort(
    make,
    { config, secrets },
    { host, port: options.port ?? config.server.port },
  );
  services.logger.info('The endpoint is listening', { host, port: served.port });
  return served;
}

/** Listens for those who watch the relay: /metrics, /readyz and /healthz. */
async function startMonitoring(
  options: ServeOptions,
  { config, secrets, ports, start, services }: NodeParts & Loaded,
  running: Running,
): Promise<PortServer> {
  const { clock, metrics, logger } = services;
  const kept = createKeptAnswers({ clock, shares: true });
  const make = ({ config: current }: Loaded): Application =>
    createHttpApp(
      { config: current, ports, services },
      {
        monitoring: {
          ...(current.monitoring.keys.length > 0 && { keys: current.monitoring.keys }),
          start: async (within) => {
            const trouble = running.threads()?.trouble();
            if (trouble) throw trouble;
            return start.check(within);
          },
          kept,
          metrics: {
            render: async () => ({
              contentType: metrics.contentType,
              body: await renderMetrics(await running.metrics()),
            }),
          },
        },
      },
    );
  const { host = config.monitoring.host, port = config.monitoring.port } = {
    host: options.monitoringHost,
    port: options.monitoringPort,
  };
  const served = await servePort(make, { config, secrets }, { host, port });
  logger.info('Metrics and readiness are served', { host, port: served.port });
  return served;
}

function endNow(logger: Logger): never {
  logger.error('The shutdown took too long; requests in flight are sent again after the next start');
  process.exit(1);
}
