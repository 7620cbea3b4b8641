/** The endpoint `/metrics`. */
import { Hono } from 'hono';
import type { Kept } from '../src/shared/kept.ts';
import { answerKept, type KeptAnswer } from './kept-answers.ts';

/** Figures as text, for Prometheus to fetch. */
export interface MetricsRenderer {
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** `/metrics` in whatever format the renderer gives, made once for all who ask within a moment. */
export function metricsRoutes(renderer: MetricsRenderer, kept: Kept<KeptAnswer>): Hono {
  const app = new Hono();
  app.get('/metrics', (c) =>
    answerKept(c, kept, async () => ({ status: 200, ...(await renderer.render()) })),
  );
  return app;
}
