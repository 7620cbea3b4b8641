/** The endpoints `/readyz` and `/metrics`, for those who watch the relay: with a key where the host wants one. */
import { Hono } from 'hono';
import { refuse } from './answers.ts';
import { keyCheck } from './authentication.ts';
import { type HealthDeps, readinessRoutes } from './health.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { type MetricsRenderer, metricsRoutes } from './metrics.ts';

export interface MonitoringDeps extends Omit<HealthDeps, 'kept'> {
  /** Shared keys, any of which opens both; without a key in the list, nobody may look. Left out: everybody may. */
  readonly keys?: readonly string[];
  readonly metrics: MetricsRenderer;
  readonly kept: KeptAnswers;
}

/** `/readyz` and `/metrics`; 401 without a right key, where there are keys. */
export function monitoringRoutes({ keys, metrics, kept, ...health }: MonitoringDeps): Hono {
  const app = new Hono();
  if (keys) {
    const check = keyCheck(keys);
    for (const path of ['/readyz', '/metrics']) {
      app.use(path, async (c, next) => {
        const authentication = check({
          query: (name) => c.req.query(name),
          header: (name) => c.req.header(name),
        });
        if (authentication === 'accepted') return next();
        const message =
          authentication === 'missing' ? 'The request carries no key.' : 'The key is not one of ours.';
        return refuse(c, 401, { code: 'unauthorized', message }, { 'www-authenticate': 'Bearer' });
      });
    }
  }
  app.route('/', readinessRoutes({ ...health, kept: kept.readiness }));
  app.route('/', metricsRoutes(metrics, kept.metrics));
  return app;
}
