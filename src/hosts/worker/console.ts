/** The console of the Worker: its static assets, and what an invocation can do for a page. */
import type { ConsoleAssets, ConsoleDeps } from '../../../routes/console/deps.ts';
import type { ConsoleHost } from '../../console/page.ts';
import { createDestinations, sharedPaces } from '../../relay/destinations.ts';
import { VERSION } from '../../shared/version.ts';
import { consoleDeps } from '../console.ts';
import { detectHost } from './console-detect.ts';
import type { Invocation } from './invocation.ts';

/** What the routes of the console work with in one invocation; undefined where relay.yaml has no console. */
export function workerConsole(
  invocation: Invocation,
  env: { readonly ASSETS?: Pick<Fetcher, 'fetch'> },
): ConsoleDeps | undefined {
  const { isolate, ports, services } = invocation;
  const { config, console: state, entraLogin: entra } = isolate;
  const page = config.console;
  if (!page) return undefined;
  const assets = workerAssets(env.ASSETS);
  return consoleDeps({ config, page, ports, services, host: hostOf(invocation), assets, state, entra });
}

function hostOf({ isolate, ports, services, clients }: Invocation): ConsoleHost {
  const { clock } = services;
  return {
    version: VERSION,
    destinations: (config) =>
      createDestinations(config, {
        http: clients.http,
        clock,
        credentials: clients.credentials,
        paces: sharedPaces({ documents: ports.documents, clock }),
      }),
    rules: () => isolate.rules.current(ports),
    secrets: isolate.secrets,
    // A letter is up to 4 subrequests, one after the other: read, sent where it cannot share a batch, stored anew, removed. 160 of an
    // invocation's 10,000 leave room for retries, and end within the time where each takes 100 ms.
    most: { letters: 40, ms: 20_000 },
    ...detectHost(clients),
  };
}

/** Cloudflare compresses what the Worker answers by itself. The files are under /console/ there, as deploy/cloudflare/bundle.ts puts them. */
function workerAssets(binding: Pick<Fetcher, 'fetch'> | undefined): ConsoleAssets {
  return {
    async find(path) {
      const reply = await binding?.fetch(new URL(`/console/${path}`, 'https://assets.invalid').href);
      if (reply?.status === 200 && reply.body) return { body: reply.body };
      await reply?.body?.cancel();
      return undefined;
    },
  };
}
