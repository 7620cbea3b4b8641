/** Puts routes together into an HTTP application: the endpoint, what monitoring reads, or both. */
import { Hono } from 'hono';
import { loggedError } from '../src/shared/errors.ts';
import type { Logger } from '../src/shared/logger.ts';
import { refuse } from './answers.ts';
import { consoleRoutes } from './console/console.ts';
import type { ConsoleDeps } from './console/deps.ts';
import { type EventsDeps, eventsRoutes } from './events.ts';
import { livenessRoutes } from './health.ts';
import { type MonitoringDeps, monitoringRoutes } from './monitoring.ts';

export interface AppDeps {
  /** Left out: notifications are not taken here. */
  readonly events?: EventsDeps;
  /** Left out: there are no `/readyz` and `/metrics` here. */
  readonly monitoring?: MonitoringDeps;
  /** Left out: the console is not served here. */
  readonly console?: ConsoleDeps;
  readonly logger: Logger;
}

/** `/healthz`, and of the other routes those that are given. Runs under `@hono/node-server` and as a Worker's `fetch`. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    // Not by `c.header`, which makes another response of the one that there is: on Node with a stream, which costs half of a short answer.
    const { headers } = c.res;
    // Files of the console with their hash in the name may be kept.
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    headers.set('x-content-type-options', 'nosniff');
  });
  if (deps.events) app.route('/', eventsRoutes(deps.events));
  app.route('/', livenessRoutes());
  if (deps.monitoring) app.route('/', monitoringRoutes(deps.monitoring));
  if (deps.console) app.route('/', consoleRoutes(deps.console));
  app.notFound((c) => refuse(c, 404, { code: 'not_found', message: 'There is nothing here.' }));
  app.onError((error, c) => {
    // The path alone: the query may carry the key.
    deps.logger.error('Request failed', {
      method: c.req.method,
      path: c.req.path,
      ...loggedError(error),
    });
    return refuse(c, 500, { code: 'internal_error', message: 'The request failed; the log says why.' });
  });
  return app;
}
