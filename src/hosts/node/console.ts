/** The console of a process: its port, its files, and what only Node can do for a page. */
import type { ConsoleConfig } from '../../config/console.ts';
import type { ConsoleHost } from '../../console/page.ts';
import { createDestinations, sharedPaces } from '../../relay/destinations.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import { VERSION } from '../../shared/version.ts';
import { telemetrySecrets } from '../../telemetry/settings.ts';
import { consoleDeps, consoleState, entraWhenNeeded } from '../console.ts';
import { createHttpApp } from '../endpoint.ts';
import { consoleAssets } from './console-assets.ts';
import { detectHost } from './console-detect.ts';
import { compiledOnce } from './console-rules.ts';
import { nodeCredentials } from './credential.ts';
import { nodeFiles } from './files.ts';
import { nodeHttpClient } from './http.ts';
import { nodeKafkaClient } from './kafka/client.ts';
import { close } from './listen.ts';
import type { NodeParts } from './parts.ts';
import type { Prepared } from './reload/reloader.ts';
import { listRulesBy } from './rule-list.ts';
import { type Application, type Loaded, type PortServer, servePort } from './serve-port.ts';
import { fileBeside } from './threads/threads.ts';

/** Where the console listens instead of where relay.yaml says. */
export interface ConsolePlace {
  readonly consoleHost?: string;
  readonly consolePort?: number;
}

/** Listens for the people who use the console. Throws a RelayError `authentication_missing`, or `cannot_listen`. */
export async function startConsole(
  { consoleHost, consolePort }: ConsolePlace,
  page: ConsoleConfig,
  parts: NodeParts & Loaded,
): Promise<PortServer> {
  const { ports, services } = parts;
  const { host = page.host, port = page.port } = { host: consoleHost, port: consolePort };
  const state = consoleState(services.clock, { shares: true });
  const assets = consoleAssets();
  const paces = sharedPaces({ documents: ports.documents, clock: services.clock });
  const make = ({ config: current, secrets }: Loaded): Application => {
    if (!current.console) return createHttpApp({ config: current, ports, services }, {});
    const inForce = { ...current.console, host };
    requireLogin(inForce);
    const deps = consoleDeps({
      config: current,
      page: inForce,
      ports,
      services,
      host: consoleHostOf({ ...parts, config: current, secrets }, paces),
      assets,
      state,
      entra: entraWhenNeeded(current, { fetch: (url, init) => fetch(url, init), clock: services.clock }),
    });
    state.kept.clear();
    return createHttpApp({ config: current, ports, services }, { console: deps });
  };
  const served = await servePort(make, parts, { host, port });
  services.logger.info('The console is served', { host, port: served.port, path: '/console/' });
  return { ...served, prepare: (next) => prepareConsole(served, next, services.logger) };
}

/** Takes another relay.yaml. One without a console closes the port, until the next start. */
async function prepareConsole(served: PortServer, next: Loaded, logger: Logger): Promise<Prepared> {
  const prepared = await served.prepare(next);
  if (next.config.console || !served.server.listening) return prepared;
  return {
    ...prepared,
    async apply() {
      // First nothing is answered any more on the connections that are there.
      await prepared.apply();
      await close(served.server);
      logger.info('The console is closed: relay.yaml has no section for it any more');
    },
  };
}

function consoleHostOf(parts: NodeParts & Loaded, paces: ReturnType<typeof sharedPaces>): ConsoleHost {
  const { config, directory, ports, services, secrets } = parts;
  const detect = detectHost(directory);
  return {
    version: VERSION,
    destinations: (current) =>
      createDestinations(current, {
        http: nodeHttpClient,
        files: nodeFiles,
        kafka: nodeKafkaClient,
        clock: services.clock,
        credentials: nodeCredentials,
        paces,
      }),
    rules: compiledOnce(detect.ruleFiles, { config, directory, ports }),
    listRules: listRulesBy(() => fileBeside(process.argv[1], 'rule-list-thread'), services.clock),
    secrets: [...secrets, ...telemetrySecrets(process.env)],
    most: { letters: 100, ms: 20_000 },
    ...detect,
  };
}

/** The checks of relay.yaml know nothing of `--console-host`, and a reload keeps the host while it takes the login. */
function requireLogin({ host, login }: ConsoleConfig): void {
  if (login !== undefined || isLoopbackHost(host)) return;
  throw new RelayError(
    'authentication_missing',
    `The console would be open to everybody who reaches ${host}: set console.login, or console.host to 127.0.0.1.`,
  );
}
