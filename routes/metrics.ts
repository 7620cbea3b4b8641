/** The endpoint `/metrics`. */
import { Hono } from 'hono';

/** Figures as text, for Prometheus to fetch. */
export interface MetricsRenderer {
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** `/metrics` in whatever format the renderer gives. */
export function metricsRoutes(renderer: MetricsRenderer): Hono {
  const app = new Hono();
  app.get('/metrics', async (c) => {
    const { contentType, body } = await renderer.render();
    return c.body(body, 200, { 'content-type': contentType });
  });
  return app;
}
