/** What a check of `xdr-relay doctor` is: how it is described, what it works with, and what it finds. */

import type { ArmReader } from '../../azure/arm.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import type { StateVersion } from '../../checkpoints/state-version.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { Way } from '../../destinations/egress.ts';
import type { Destination } from '../../destinations/port.ts';
import type { TaskQueue } from '../../queue/port.ts';
import type { Clock } from '../../shared/clock.ts';
import type { SourcePorts } from '../source/sources.ts';

/** One thing that was found. */
export interface Finding {
  /**
   * `error`: rows do not arrive, or will not for long. `warning`: something is worse than it should be. `note`: a person should know it, and
   * nothing need be done.
   */
  readonly severity: 'error' | 'warning' | 'note';
  /** What is the case: a sentence without its full stop, which begins in lower case unless a name begins it. */
  readonly message: string;
  /** What to do, in the same form; absent only for notes. */
  readonly fix?: string;
  /** Whether the message ends with what a destination answered to rows, which may quote one. */
  readonly mayQuote?: true;
  /** Whether the check could not look at this, so that nothing is known about it. Only of notes. */
  readonly unknown?: true;
}

/** A check. Each is a file in `checks/`. */
export interface Check {
  /** Stable, in kebab case. */
  readonly id: string;
  /** What is checked, for a person. */
  readonly title: string;
  /** Returns what it finds; nothing if all is well. What it throws counts as an error that it found. */
  run(context: DoctorContext, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** The storage account of a source, as far as Resource Manager is asked about it. */
export interface DoctorSource extends SourcePorts {
  /** Whether the relay signs in to it with an identity, not with a connection string. */
  readonly byIdentity: boolean;
  /** Resource Manager with the identity of this source; undefined without one. */
  readonly arm: ArmReader | undefined;
}

/** What the rules in the folder or the container are worth. */
export interface RulesSummary {
  /** Where they were read. */
  readonly place: string;
  readonly files: number;
  /** The errors, one sentence each. */
  readonly errors: readonly string[];
}

/** What the host supplies. Nothing in it was asked for anything before the checks run. */
export interface DoctorContext {
  readonly config: RelayConfig;
  readonly sources: readonly DoctorSource[];
  readonly documents: StateDocuments;
  /** The same, but empty where the state container does not exist yet. */
  readonly reports: StateDocuments;
  readonly sharedClaims: CheckpointStore;
  readonly deadLetters: DeadLetterArchive;
  readonly stateVersion: StateVersion;
  readonly queue: TaskQueue;
  /** The machine's clock, corrected by the account of the state; `machine` is the machine's own. */
  readonly clock: Clock;
  readonly machine: Clock;
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Makes the destinations of another relay.yaml: of one with a single address. */
  readonly make: (config: RelayConfig) => ReadonlyMap<string, Destination>;
  /** Whether to send a test event to each destination. */
  readonly send: boolean;
  /** Reads and compiles the rules. Throws RelayError. */
  readonly rules: (signal: AbortSignal) => Promise<RulesSummary>;
  /**
   * Opens a connection to the origin of an address as the relay would, with TLS where it is https and through a proxy where one is on the way,
   * and closes it. Throws an error that says why there is none.
   */
  readonly connect: (url: string, way: Way, signal: AbortSignal) => Promise<void>;
  /** Whether a file can be appended to. Throws the system's error. */
  readonly canAppend: (path: string) => Promise<void>;
  readonly versions: { readonly relay: string; readonly node: string; readonly leastNode: string };
}

export const error = (message: string, fix: string): Finding => ({ severity: 'error', message, fix });
export const warning = (message: string, fix: string): Finding => ({ severity: 'warning', message, fix });
export const note = (message: string, fix?: string): Finding =>
  fix === undefined ? { severity: 'note', message } : { severity: 'note', message, fix };

/** ` of contoso` for a source with a name. */
export function ofSource({ name }: Pick<SourcePorts, 'name'>): string {
  return name === undefined ? '' : ` of ${name}`;
}
