import { createApp } from '../../../routes/app.ts';
import { keyCheck } from '../../../routes/authentication.ts';
import { eventGridOrigins } from '../../event-grid/source.ts';
import { anyAnswers } from '../../relay/source/sources.ts';
import { FIGURES_TYPE, renderFigures } from './figures.ts';
import { beginInvocation, type Invocation } from './invocation.ts';
import type { Relay } from './relay.ts';

/** Answers one request: the endpoint, health, figures, and what Entra ID fetches. */
export async function handleRequest(relay: Relay, env: Env, request: Request): Promise<Response> {
  const document = relay.federation?.document(new URL(request.url).pathname);
  if (document !== undefined) return Response.json(document);
  const invocation = beginInvocation(relay, env, { handler: 'fetch', visits: 1 });
  try {
    // What goes wrong here goes wrong again with the first task, and is told there.
    await invocation.ensureQueue().catch(() => {});
    return await appOf(invocation, request).fetch(request);
  } finally {
    invocation.end();
  }
}

function appOf({ relay, queue, ports, figures }: Invocation, request: Request) {
  const { config, logger } = relay;
  const accounts = ports.sources.map(({ account }) => account);
  return createApp({
    events: {
      queue,
      sources: accounts,
      keys: config.server.keys,
      allowedOrigins: config.server.allowed_origins ?? eventGridOrigins(accounts),
      bodyLimit: config.server.body_limit,
      logger,
      metrics: figures,
    },
    health: {
      checks: {
        async queue() {
          await queue.depth();
        },
        async containers(signal) {
          await anyAnswers(ports.sources, signal);
        },
      },
      clock: ports.clock,
      logger,
    },
    ...(showsFigures(relay, request) && {
      metrics: {
        render: async () => ({ contentType: FIGURES_TYPE, body: renderFigures(relay.figures) }),
      },
    }),
    logger,
  });
}

/** A Worker's address is public, and figures tell tables and volumes. */
function showsFigures({ config, settings }: Relay, request: Request): boolean {
  if (settings.metrics !== 'key') return settings.metrics === 'open';
  const { searchParams } = new URL(request.url);
  const authentication = keyCheck(config.server.keys)({
    query: (name) => searchParams.get(name) ?? undefined,
    header: (name) => request.headers.get(name) ?? undefined,
  });
  return authentication === 'accepted';
}
