/** What the console's pages on rules and on the setup need of the Worker: the rule files as they lie there now, and those checks that can run. */
import { rules as bundled } from 'xdr-relay-files';
import manifest from '../../../package.json' with { type: 'json' };
import { createArmReader } from '../../azure/arm.ts';
import { CLOUDS } from '../../azure/cloud.ts';
import { emptyWhereMissing } from '../../checkpoints/empty-where-missing.ts';
import { secretValues } from '../../config/secrets.ts';
import { sourcesOf } from '../../config/sources.ts';
import type { ConsoleDoctor, ConsoleHost } from '../../console/page.ts';
import { ruleFileOf } from '../../databases/stored-file.ts';
import { createDestinations } from '../../relay/destinations.ts';
import type { DoctorContext } from '../../relay/doctor/check.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import { MOST_WORKER_LIST_BYTES } from '../../rules/lists/list-files.ts';
import { systemClock } from '../../shared/clock.ts';
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
): ConsoleDoctor {
  const settings = sourcesOf(config);
  const make = (of: typeof config) => createDestinations(of, { http, clock, credentials });
  const destinations = make(config);
  const context: DoctorContext = {
    config,
    sources: ports.sources.map((source, index) => {
      const own = settings[index];
      const byIdentity = own?.connection_string === undefined;
      const credential = byIdentity ? credentials(own?.signIn ?? {}) : undefined;
      const arm = credential && createArmReader({ ...CLOUDS[config.cloud].arm, credential, fetch });
      return { ...source, ...emptyWhereMissing(source), byIdentity, arm };
    }),
    documents: ports.documents,
    reports: emptyWhereMissing({ checkpoints: ports.sharedClaims, documents: ports.documents }).documents,
    sharedClaims: ports.sharedClaims,
    deadLetters: ports.deadLetters,
    stateVersion: ports.stateVersion,
    queue: ports.queue,
    clock,
    machine: systemClock,
    destinations,
    make,
    send,
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
    versions: { relay: manifest.version, node: '', leastNode: '' },
  };
  return {
    context,
    secrets: secretValues(config),
    async close() {
      await Promise.all([...destinations.values()].map((each) => each.close()));
    },
  };
}
