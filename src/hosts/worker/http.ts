/** The Worker's HTTP. */
import { keyCheck } from '../../../routes/authentication.ts';
import { mustHaveRules } from '../../relay/rule-sets/records.ts';
import { createEndpoint } from '../endpoint.ts';
import { FIGURES_TYPE, renderFigures } from './figures.ts';
import { beginInvocation, type Invocation } from './invocation.ts';
import type { Isolate } from './isolate.ts';
import { WORKER_RULES } from './rules.ts';

/** Answers one request: the endpoint, health, figures, and what Entra ID fetches. */
export async function handleRequest(isolate: Isolate, env: Env, request: Request): Promise<Response> {
  const document = isolate.federation?.document(new URL(request.url).pathname);
  if (document !== undefined) return Response.json(document);
  const invocation = beginInvocation(isolate, env, { handler: 'fetch', visits: 1 });
  try {
    // What goes wrong here goes wrong again with the first task, and is told there.
    await invocation.ensureQueue().catch(() => {});
    return await appOf(invocation, request).fetch(request);
  } finally {
    invocation.end();
  }
}

function appOf({ isolate, ports, services }: Invocation, request: Request) {
  return createEndpoint({
    config: isolate.config,
    ports,
    services,
    events: {},
    // The isolate that answers may be one that has never looked for rules: what any of them said counts.
    checks: { rules: (signal) => mustHaveRules(ports.documents, WORKER_RULES, signal) },
    ...(showsFigures(isolate, request) && {
      metrics: {
        render: async () => ({ contentType: FIGURES_TYPE, body: renderFigures(isolate.figures) }),
      },
    }),
  });
}

/** A Worker's address is public, and metrics reveal tables and volumes. */
function showsFigures({ config, settings }: Isolate, request: Request): boolean {
  if (settings.metrics !== 'key') return settings.metrics === 'open';
  const { searchParams } = new URL(request.url);
  const authentication = keyCheck(config.server.keys)({
    query: (name) => searchParams.get(name) ?? undefined,
    header: (name) => request.headers.get(name) ?? undefined,
  });
  return authentication === 'accepted';
}
