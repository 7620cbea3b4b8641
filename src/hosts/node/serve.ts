/** `xdr-relay serve`: the relay in a process of Node, until it is stopped. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { requireAuthentication } from '../../../routes/authentication.ts';
import { createKeptAnswers } from '../../../routes/kept-answers.ts';
import { stdoutDestinations } from '../../config/standard-output.ts';
import { storeUsageRegularly } from '../../relay/cost/usage.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { createHttpApp, type HttpParts } from '../endpoint.ts';
import { tokenCheck } from '../token-check.ts';
import { close, listen } from './listen.ts';
import { metricFamilies } from './metric-families.ts';
import { type MetricsAsJson, renderMetrics } from './metrics.ts';
import { ensureStorage, type NodeParts, nodeParts } from './parts.ts';
import { processMetrics } from './process-metrics.ts';
import { runConsumer } from './run-consumer.ts';
import { shuttingDown } from './shutting-down.ts';
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
  const parts = await nodeParts(options.configFile, 'process');
  const { config, ports, services, start, operations, outdated, telemetry } = parts;
  const { logger } = services;
  const host = options.host ?? config.server.host;
  if (options.endpoint) requireAuthentication(config.server, { insecure: options.insecure, host });

  const unread = new AbortController();
  options.onBrokenPipe?.(() => pipeBroken(parts, unread));
  const signal = AbortSignal.any([options.signal, unread.signal, outdated]);

  let lookAgain: (() => void) | undefined;
  options.onHangup?.(() => {
    logger.info(
      lookAgain
        ? 'SIGHUP: reloading the rules, but not relay.yaml, which needs a restart'
        : 'SIGHUP: nothing is read again now (a start looks for rules by itself); relay.yaml needs a restart',
    );
    lookAgain?.();
  });

  const abort = new AbortController();
  const stopping: Stopping = { stop: signal, abort: abort.signal };
  const drain = () => {
    setTimeout(() => abort.abort(shuttingDown()), DRAIN_MS).unref();
    setTimeout(() => endNow(logger), LAST_MS).unref();
  };
  signal.addEventListener('abort', drain, { once: true });

  const ended = new AbortController();
  let storing: Promise<void> | undefined;
  let threads: Threads | undefined;
  let takesEvents = false;
  const metrics = processMetrics(parts, () => threads);
  const running = { takesEvents: () => takesEvents, threads: () => threads, metrics };
  const exporting = telemetry?.run(async () => metricFamilies(await metrics()), ended.signal);
  const servers: Server[] = [];
  try {
    if (options.endpoint) servers.push(await startEndpoint(options, host, parts, running));
    servers.push(await startMonitoring(options, parts, running));
    await start.until(() => ensureStorage(ports), signal);
    takesEvents = true;
    storing = storeUsageRegularly({ ...services, documents: ports.documents }, operations, ended.signal);
    const { strictRules } = options;
    const onRules = (again: () => void) => {
      lookAgain = again;
    };
    if (!options.consumer) {
      start.end();
      if (!signal.aborted) await once(signal, 'abort');
    } else if (config.limits.threads > 1) {
      threads = startThreads({
        file: await threadFile(process.argv[1]),
        configFile: options.configFile,
        threads: config.limits.threads,
        strictRules,
        stopping,
        clock: services.clock,
      });
      onRules(threads.lookAgain);
      await runThreads(parts, threads);
    } else {
      await runConsumer(parts, { strictRules, stopping, onRules });
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    ended.abort();
    await Promise.all([...servers.map(close), storing, exporting]);
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

/** Resolves when all threads have ended. */
async function runThreads({ start }: NodeParts, threads: Threads): Promise<void> {
  threads.ready.then(
    () => start.end(),
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
  parts: NodeParts,
  running: Running,
): Promise<Server> {
  const { config, ports, services } = parts;
  const { queue } = ports;
  const send: typeof queue.send = async (body, delaySeconds = 0) => {
    await queue.send(body, delaySeconds);
    running.threads()?.sent(delaySeconds * 1000);
  };
  const app = createHttpApp(
    { config, services, ports: { ...ports, queue: { ...queue, send } } },
    {
      events: {
        insecure: options.insecure,
        isStarting: () => !running.takesEvents(),
        tokens: tokenCheck(config, { fetch, clock: services.clock }),
      },
    },
  );
  const { server, port } = await listen(app.fetch, host, options.port ?? config.server.port);
  services.logger.info('The endpoint is listening', { host, port });
  return server;
}

/** Listens for those who watch the relay: /metrics, /readyz and /healthz. */
async function startMonitoring(options: ServeOptions, parts: NodeParts, running: Running): Promise<Server> {
  const { start, services, config } = parts;
  const { clock, metrics, logger } = services;
  const { keys, ...configured } = config.monitoring;
  const app = createHttpApp(parts satisfies HttpParts, {
    monitoring: {
      ...(keys.length > 0 && { keys }),
      start: async (within) => {
        const trouble = running.threads()?.trouble();
        if (trouble) throw trouble;
        return start.check(within);
      },
      kept: createKeptAnswers({ clock, shares: true }),
      metrics: {
        render: async () => {
          return { contentType: metrics.contentType, body: await renderMetrics(await running.metrics()) };
        },
      },
    },
  });
  const host = options.monitoringHost ?? configured.host;
  const { server, port } = await listen(app.fetch, host, options.monitoringPort ?? configured.port);
  logger.info('Metrics and readiness are served', { host, port });
  return server;
}

function endNow(logger: Logger): never {
  logger.error('The shutdown took too long; requests in flight are sent again after the next start');
  process.exit(1);
}
