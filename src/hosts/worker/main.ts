/** The Worker's handlers. */
import type { ErrorCode } from '../../shared/error-codes.ts';
import { loggedError } from '../../shared/errors.ts';
import { handleBatch } from './batch.ts';
import { handleRequest } from './http.ts';
import { type Isolate, isolateOf } from './isolate.ts';
import { consoleLogger } from './logger.ts';
import { handleScheduled } from './scheduled.ts';

/** The wait of messages while the configuration is invalid: somebody is most likely fixing it. Seconds. */
const BROKEN_SECONDS = 300;

/** xdr-relay on Cloudflare Workers. */
const worker = {
  async fetch(request, env, context) {
    const isolate = await load(env);
    if (isolate) return handleRequest(isolate, env, request, (work) => context.waitUntil(work));
    const error = {
      code: 'not_configured' satisfies ErrorCode,
      message: 'The relay is not configured; the log says why.',
    };
    return Response.json({ error }, { status: 503, headers: { 'retry-after': '60' } });
  },

  async queue(batch, env, context) {
    const isolate = await load(env);
    if (!isolate) return batch.retryAll({ delaySeconds: BROKEN_SECONDS });
    try {
      await handleBatch(isolate, env, batch.messages, (work) => context.waitUntil(work));
    } catch (error) {
      report(isolate, error);
      batch.retryAll({ delaySeconds: BROKEN_SECONDS });
    }
  },

  async scheduled(controller, env, context) {
    const isolate = await load(env);
    if (!isolate) return;
    try {
      await handleScheduled(isolate, env, controller.scheduledTime, (work) => context.waitUntil(work));
    } catch (error) {
      report(isolate, error);
    }
  },
} satisfies ExportedHandler<Env>;

// biome-ignore lint/style/noDefaultExport: how a Worker exports its handlers
export default worker;

async function load(env: Env): Promise<Isolate | undefined> {
  try {
    return await isolateOf(env);
  } catch (error) {
    consoleLogger({ level: 'info', secrets: [] }).error('The relay cannot work', {
      ...loggedError(error),
    });
    return undefined;
  }
}

function report({ logger }: Isolate, error: unknown): void {
  logger.error('The invocation failed', {
    ...loggedError(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
}
