/** A destination for people as the relay uses it: `send` folds into the state, and a notifier says what is due. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { DeadLetterStore } from '../../delivery/dead-letters.ts';
import type { Destination } from '../../destinations/port.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { SilenceBook } from '../silences/book.ts';
import { AlertDocuments } from './documents.ts';
import { AlertFolder } from './folder.ts';
import { AlertJoiner } from './joiner.ts';
import { Notifier } from './notifier.ts';

export interface PeopleDeps {
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly silences: SilenceBook;
  /** How long an alert of Defender waits for its other table, as relay.yaml says now. Milliseconds. */
  readonly joinWaitMs: () => number;
}

export interface People {
  /** Its `send` resolves when the alerts are in the state; closing it waits for the message that is under way. */
  readonly destination: Destination;
  readonly notifier: Notifier;
}

/** Makes a destination for people fold its alerts; undefined for a destination for machines. */
export function foldingDestination(destination: Destination, deps: PeopleDeps): People | undefined {
  const { name, messenger } = destination;
  if (messenger === undefined) return undefined;
  const documents = new AlertDocuments(name, deps);
  const joiner = new AlertJoiner({ ...deps, destination: name, documents, manner: messenger });
  const common = { ...deps, destination: name, documents, messenger, joiner };
  const notifier = new Notifier(common);
  const folder = new AlertFolder({ ...common, wake: () => notifier.wake() });
  return {
    notifier,
    destination: {
      ...destination,
      send: (batch, signal) => folder.send(batch, signal),
      async close() {
        await notifier.idle();
        await destination.close();
      },
    },
  };
}

export interface RedrivenDeps extends Pick<PeopleDeps, 'documents' | 'deadLetters' | 'clock'> {
  readonly destinations: ReadonlyMap<string, Destination>;
}

/**
 * The destinations for a command that sends dead letters again: alerts for people are folded, and the consumers say them. No silence
 * keeps them back, because a person asks for them.
 */
export function redrivenDestinations({
  destinations,
  ...deps
}: RedrivenDeps): ReadonlyMap<string, Destination> {
  const quiet = { ...deps, logger: QUIET, metrics: UNCOUNTED, silences: NO_SILENCES, joinWaitMs: () => 0 };
  return new Map(
    [...destinations].map(([name, destination]) => [
      name,
      foldingDestination(destination, quiet)?.destination ?? destination,
    ]),
  );
}

const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => QUIET };
const UNCOUNTED: Metrics = { count() {}, gauge() {}, observe() {}, gaugeFrom: () => () => {} };
const NO_SILENCES: SilenceBook = {
  current: async () => [],
  count() {},
  close: async () => {},
};
