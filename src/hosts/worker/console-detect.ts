/** What the console's pages on rules and on the setup need of the Worker: the rule files as they lie there now, and those checks that can run. */
import { rules as bundled } from 'xdr-relay-files';
import type { ConsoleHost } from '../../console/page.ts';
import { ruleFileOf } from '../../databases/stored-file.ts';
import { createDestinations } from '../../relay/destinations.ts';
import { type OpenDoctor, openDoctorWith } from '../../relay/doctor/open.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import { MOST_WORKER_LIST_BYTES } from '../../rules/lists/list-files.ts';
import { systemClock } from '../../shared/clock.ts';
import { VERSION } from '../../shared/version.ts';
import type { Clients } from './invocation.ts';

/** Compiling takes about a second of CPU time for 1,500 rules, which have 3 MB. Characters. */
const MOST_RULE_BYTES = 1_048_576;
/** The longest wait for an address. Milliseconds. */
const REACH_MS = 15_000;

const NOT_RUN = {
  versions: 'Cloudflare decides about the runtime of a Worker, and there is no Node whose version counts.',
  rules:
    'Compiling all rules takes CPU time of an invocation. The page Rules shows what the Worker has refused; "xdr-relay doctor" on a machine checks the rules that lie there.',
} as const;

/** @param clients of the invocation that answers the request. */
export function detectHost(
  clients: Pick<Clients, 'http' | 'credentials' | 'fetch'>,
): Required<Pick<ConsoleHost, 'ruleFiles' | 'doctor' | 'mostRuleBytes' | 'checksNotRun'>> {
  return {
    mostRuleBytes: MOST_RULE_BYTES,
    checksNotRun: NOT_RUN,
    async ruleFiles({ config, ports }, signal) {
      const container = config.transforms_container;
      if (container === undefined)
        return { place: 'the bundle of the Worker', files: bundled.map(ruleFileOf) };
      const limits = { signal, mostListBytes: MOST_WORKER_LIST_BYTES };
      const found = await readRuleContainer(ports.stateBlobs, container, undefined, limits);
      return { place: `the container ${container}`, files: found?.files ?? [] };
    },
    doctor: (parts, options) => openDoctor(parts, options, clients),
  };
}

function openDoctor(
  { config, ports, services: { clock } }: Parameters<NonNullable<ConsoleHost['doctor']>>[0],
  { send }: { readonly send: boolean },
  { http, credentials, fetch }: Parameters<typeof detectHost>[0],
): OpenDoctor {
  return openDoctorWith(
    { config, ports, clock, send },
    {
      credentials,
      fetch,
      machine: systemClock,
      make: (of) => createDestinations(of, { http, clock, credentials }),
      // Its check does not run here.
      rules: async () => ({ place: '', files: 0, errors: [] }),
      async connect(url, { allowNetworks, proxy, tls }, signal) {
        const client = http({ allowNetworks, proxy, tls, connections: 1, timeoutMs: REACH_MS, clock });
        try {
          await client.send({ method: 'GET', url: `${new URL(url).origin}/`, headers: {} }, signal);
        } finally {
          await client.close();
        }
      },
      // Destinations of a Worker write no files.
      canAppend: async () => {},
      versions: { relay: VERSION, node: '', leastNode: '' },
    },
  );
}
