/** The Worker's HTTP. */
import { mustHaveRules } from '../../relay/rule-sets/records.ts';
import { createHttpApp, type MonitoringOptions } from '../endpoint.ts';
import { workerConsole } from './console.ts';
import { FIGURES_TYPE, renderFigures } from './figures.ts';
import { beginInvocation, type Invocation, type InvocationOptions } from './invocation.ts';
import type { Isolate } from './isolate.ts';
import { WORKER_RULES } from './rules.ts';

/** Answers one request: the endpoint, health, figures, and what Entra ID fetches. */
export async function handleRequest(
  isolate: Isolate,
  env: Env,
  request: Request,
  after: InvocationOptions['after'],
): Promise<Response> {
  const document = isolate.federation?.document(new URL(request.url).pathname);
  if (document !== undefined) return Response.json(document);
  const invocation = beginInvocation(isolate, env, { handler: 'fetch', visits: 1, after });
  try {
    // What goes wrong here goes wrong again with the first task, and is told there.
    // The console reads the state, and may be opened before the first task.
    const isConsole = new URL(request.url).pathname.startsWith('/console/');
    await (isConsole ? invocation.ensure() : invocation.ensureQueue()).catch(() => {});
    const address = request.headers.get('cf-connecting-ip') ?? undefined;
    return await appOf(invocation, env).fetch(request, { address });
  } finally {
    invocation.end();
  }
}

function appOf(invocation: Invocation, env: Env) {
  const { isolate, ports, services } = invocation;
  const parts = { config: isolate.config, ports, services };
  const monitoring = isolate.settings.monitoring !== 'off' && monitoringOf(isolate, ports);
  const page = workerConsole(invocation, env);
  return createHttpApp(parts, {
    events: { tokens: isolate.tokens },
    ...(monitoring && { monitoring }),
    ...(page && { console: page }),
  });
}

/** A Worker's address is public, and metrics reveal tables and volumes: without a key nobody sees them. */
function monitoringOf(
  { account, config, figures, kept, settings }: Isolate,
  ports: Invocation['ports'],
): MonitoringOptions {
  const keys = config.monitoring.keys.length > 0 ? config.monitoring.keys : config.server.keys;
  return {
    ...(settings.monitoring === 'key' && { keys }),
    // The isolate that answers may be one that has never looked for rules: what any of them said counts.
    checks: { rules: (signal) => mustHaveRules(ports.documents, WORKER_RULES, signal) },
    kept,
    metrics: {
      render: async () => {
        await account.refresh(ports);
        return { contentType: FIGURES_TYPE, body: renderFigures(figures) };
      },
    },
  };
}
