/** Puts together what the checks of the doctor work with, from relay.yaml, its ports and what only the host can do. */
import { createArmReader } from '../../azure/arm.ts';
import { CLOUDS } from '../../azure/cloud.ts';
import { emptyWhereMissing } from '../../checkpoints/empty-where-missing.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { type SourceSettings, sourcesOf } from '../../config/sources.ts';
import type { Clock } from '../../shared/clock.ts';
import type { SourcePorts } from '../source/sources.ts';
import type { DoctorContext, DoctorSource } from './check.ts';

/** An open doctor: its destinations are closed with it. */
export interface OpenDoctor {
  readonly context: DoctorContext;
  /** What no finding may show. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

type Arm = Parameters<typeof createArmReader>[0];

/** What only the host can do for the checks. */
export interface DoctorHost
  extends Pick<DoctorContext, 'machine' | 'make' | 'rules' | 'connect' | 'canAppend' | 'versions'>,
    Pick<Arm, 'fetch'> {
  /** The identity that the relay signs in with; undefined where it has none. */
  credentials(signIn: SourceSettings['signIn']): Arm['credential'] | undefined;
}

export interface DoctorParts {
  readonly config: RelayConfig;
  readonly ports: Pick<
    DoctorContext,
    'documents' | 'sharedClaims' | 'deadLetters' | 'stateVersion' | 'queue'
  > & {
    readonly sources: readonly SourcePorts[];
  };
  /** The machine's clock, corrected by the account of the state. */
  readonly clock: Clock;
  /** Whether to send a test event to each destination. */
  readonly send: boolean;
}

/** Builds what the checks need. Asks nobody anything yet. */
export function openDoctorWith({ config, ports, clock, send }: DoctorParts, host: DoctorHost): OpenDoctor {
  const { documents, sharedClaims, deadLetters, stateVersion, queue } = ports;
  const { machine, make, rules, connect, canAppend, versions } = host;
  const settings = sourcesOf(config);
  const destinations = make(config);
  const context: DoctorContext = {
    config,
    sources: ports.sources.map((source, index) => doctorSource(config, source, settings[index], host)),
    documents,
    reports: emptyWhereMissing({ checkpoints: sharedClaims, documents }).documents,
    sharedClaims,
    deadLetters,
    stateVersion,
    queue,
    clock,
    machine,
    destinations,
    make,
    send,
    rules,
    connect,
    canAppend,
    versions,
  };
  return {
    context,
    secrets: secretValues(config),
    async close() {
      await Promise.all([...destinations.values()].map((each) => each.close()));
    },
  };
}

function doctorSource(
  { cloud }: RelayConfig,
  source: SourcePorts,
  settings: SourceSettings | undefined,
  { credentials, fetch }: DoctorHost,
): DoctorSource {
  const byIdentity = settings?.connection_string === undefined;
  const credential = byIdentity ? credentials(settings?.signIn ?? {}) : undefined;
  const arm = credential && createArmReader({ ...CLOUDS[cloud].arm, credential, fetch });
  return { ...source, ...emptyWhereMissing(source), byIdentity, arm };
}
