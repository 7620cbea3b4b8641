/** Puts all routes together into the HTTP application that both hosts serve. */
import { Hono } from 'hono';
import { loggedError } from '../src/shared/errors.ts';
import type { Logger } from '../src/shared/logger.ts';
import { refuse } from './answers.ts';
import { type EventsDeps, eventsRoutes } from './events.ts';
import { type HealthDeps, healthRoutes } from './health.ts';
import { type MetricsRenderer, metricsRoutes } from './metrics.ts';

export interface AppDeps {
  /** Left out: notifications are not taken here. */
  readonly events?: EventsDeps;
  readonly health: HealthDeps;
  /** Left out: there is no `/metrics`. */
  readonly metrics?: MetricsRenderer;
  readonly logger: Logger;
}

/** Everything that HTTP reaches. Runs under `@hono/node-server` and as a Worker's `fetch`. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });
  if (deps.events) app.route('/', eventsRoutes(deps.events));
  app.route('/', healthRoutes(deps.health));
  if (deps.metrics) app.route('/', metricsRoutes(deps.metrics));
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
