/** The endpoints `/healthz` and `/readyz`: whether the process runs, and whether what it needs answers. */
import { Hono } from 'hono';
import type { Clock } from '../src/shared/clock.ts';
import type { ErrorCode } from '../src/shared/error-codes.ts';
import { messageOf, RelayError } from '../src/shared/errors.ts';
import type { Kept } from '../src/shared/kept.ts';
import type { Logger } from '../src/shared/logger.ts';
import { answerKept, type KeptAnswer } from './kept-answers.ts';

/** Resolves when the thing it looks at works; rejects otherwise. */
export type Check = (signal: AbortSignal) => Promise<void>;

export interface HealthDeps {
  /** Rejects while the process starts, with what it waits for. Must cost nothing; while it rejects, nothing else is checked. */
  readonly start?: Check;
  /** By name, as they appear in the answer: `queue`, `containers`, ... They may cost requests: their results are kept for some seconds. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly kept: Kept<KeptAnswer>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds one check may take. Default 5,000. */
  readonly timeoutMs?: number;
}

/** What one check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** Milliseconds it took. */
  readonly ms: number;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** `/healthz`: the process runs. It tells nothing else, and everybody may ask. */
export function livenessRoutes(): Hono {
  return new Hono().get('/healthz', (c) => c.json({ status: 'ok' }));
}

/** `/readyz`: what the process needs answers; 503 and the culprit otherwise. */
export function readinessRoutes(deps: HealthDeps): Hono {
  const app = new Hono();
  app.get('/readyz', async (c) => {
    const { start, kept } = deps;
    const started = start && (await runCheck('start', start, deps));
    if (started?.ok === false) return c.json({ status: 'not_ready', checks: { start: started } }, 503);
    return answerKept(c, kept, () => readiness(deps, started));
  });
  return app;
}

async function readiness(deps: HealthDeps, start: CheckResult | undefined): Promise<KeptAnswer> {
  const results = await Promise.all(
    Object.entries(deps.checks).map(
      async ([name, check]) => [name, await runCheck(name, check, deps)] as const,
    ),
  );
  const ready = results.every(([, result]) => result.ok);
  const checks = { ...(start && { start }), ...Object.fromEntries(results) };
  return {
    status: ready ? 200 : 503,
    contentType: 'application/json',
    body: JSON.stringify({ status: ready ? 'ready' : 'not_ready', checks }),
  };
}

async function runCheck(
  name: string,
  check: Check,
  { clock, logger, timeoutMs = 5000 }: HealthDeps,
): Promise<CheckResult> {
  const begun = clock.monotonic();
  const over = new AbortController();
  const late = clock.sleep(timeoutMs, over.signal).then(
    () => {
      throw new RelayError('timeout', `No answer in ${timeoutMs} ms.`);
    },
    () => {},
  );
  try {
    await Promise.race([check(over.signal), late]);
    return { ok: true, ms: Math.round(clock.monotonic() - begun) };
  } catch (error) {
    logger.warn('Not ready', { check: name, error: messageOf(error) });
    return { ok: false, ms: Math.round(clock.monotonic() - begun), error: describe(error) };
  } finally {
    over.abort();
  }
}

/** Only our own errors promise to hold no secret; of others nothing is shown. */
function describe(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  if (error instanceof RelayError) return { code: error.code, message: error.message };
  return { code: 'failed', message: 'The check failed; the log says more.' };
}
