/** A destination that alerts are folded for, as the relay uses it: `send` folds into the state, and a notifier says what is due. */
import type { OperationalMessage } from '../../alerts/message.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { DeadLetterStore } from '../../delivery/dead-letters.ts';
import type { Shapes } from '../../destinations/envelope-delivery.ts';
import { groupedEncoding, isForGroup } from '../../destinations/grouped-encoding.ts';
import type { Messenger } from '../../destinations/messenger.ts';
import type { Destination } from '../../destinations/port.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { SilenceBook } from '../silences/book.ts';
import { AlertDocuments } from './documents.ts';
import { AlertFolder } from './folder.ts';
import { AlertJoiner } from './joiner.ts';
import { LeftOver } from './left-over.ts';
import { groupRecords, pipelineApart, sendApart } from './machines.ts';
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
  /** Tells people something that a destination for machines cannot be told. Absent: only the log tells. */
  readonly tellPeople?: (message: OperationalMessage) => Promise<void>;
  /** What puts groups of alerts into mapped shapes, for machines: the mappings of the rules in force. */
  readonly shapes?: () => Shapes | undefined;
}

export interface People {
  /** Its `send` resolves when the alerts are in the state; closing it waits for the message that is under way. */
  readonly destination: Destination;
  readonly notifier: Notifier;
}

/** Makes a destination for people, or one for machines that is sent groups of alerts, fold its alerts; undefined for the others. */
export function foldingDestination(destination: Destination, deps: PeopleDeps): People | undefined {
  const { messenger, groupsAlerts } = destination;
  if (messenger !== undefined) return forPeople(destination, messenger, deps);
  return groupsAlerts === true ? forMachines(destination, deps) : undefined;
}

/** What a destination for machines has left from when it was sent groups; undefined for those that fold. */
export function leftOverOf(destination: Destination, deps: PeopleDeps): LeftOver | undefined {
  if (destination.messenger !== undefined || destination.groupsAlerts === true) return undefined;
  const { messenger, payloadOf } = groupRecords(destination, deps.shapes ?? NO_SHAPES);
  const common = commonDeps(destination, messenger, deps);
  return new LeftOver({ ...common, notifier: new Notifier({ ...common, payloadOf }) });
}

function forPeople(destination: Destination, messenger: Messenger, deps: PeopleDeps): People {
  const common = commonDeps(destination, messenger, deps);
  const notifier = new Notifier(common);
  const folder = new AlertFolder({ ...common, wake: () => notifier.wake() });
  const send: Destination['send'] = (batch, signal) => folder.send(batch, signal);
  return { notifier, destination: { ...destination, send, close: closing(destination, notifier) } };
}

function forMachines(destination: Destination, deps: PeopleDeps): People {
  const {
    messenger,
    sendApart: sendUngrouped,
    payloadOf,
  } = groupRecords(destination, deps.shapes ?? NO_SHAPES);
  const common = commonDeps(destination, messenger, deps);
  const notifier = new Notifier({ ...common, payloadOf });
  const { joiner: _, ...folding } = common;
  const folder = new AlertFolder({
    ...folding,
    // A record is the same whenever its row is read: silences are for people, and so are joins.
    silences: NO_SILENCES,
    isByRule: true,
    sendUngrouped,
    wake: () => notifier.wake(),
  });
  const send: Destination['send'] = (batch, signal) =>
    sendApart(batch, destination, (alerts) => folder.send(alerts, signal), signal);
  return {
    notifier,
    destination: {
      ...destination,
      encoding: groupedEncoding(destination.encoding),
      reaches: (items) => items.some((item) => !isForGroup(item) && destination.reaches?.([item]) !== false),
      send,
      ...pipelineApart(destination, send),
      close: closing(destination, notifier),
    },
  };
}

function commonDeps(
  destination: Destination,
  messenger: Messenger,
  { tellPeople = async () => {}, ...deps }: PeopleDeps,
) {
  const isForPeople = destination.messenger !== undefined;
  const documents = new AlertDocuments(destination.name, { ...deps, ...(!isForPeople && { tellPeople }) });
  const joiner = new AlertJoiner({ ...deps, destination: destination.name, documents, manner: messenger });
  return { ...deps, destination: destination.name, documents, messenger, joiner };
}

function closing(destination: Destination, notifier: Notifier): Destination['close'] {
  return async () => {
    await notifier.idle();
    await destination.close();
  };
}

export interface RedrivenDeps extends Pick<PeopleDeps, 'documents' | 'deadLetters' | 'clock'> {
  readonly destinations: ReadonlyMap<string, Destination>;
}

/**
 * The destinations for a command that sends dead letters again: alerts that are folded are said by the consumers. No silence
 * keeps them back, because a person asks for them.
 */
export function redrivenDestinations({
  destinations,
  ...deps
}: RedrivenDeps): ReadonlyMap<string, Destination> {
  const quiet = { ...deps, logger: QUIET, metrics: UNCOUNTED, silences: NO_SILENCES, joinWaitMs: () => 0 };
  return new Map(
    [...destinations].map(([name, destination]) => {
      return [name, foldingDestination(destination, quiet)?.destination ?? destination];
    }),
  );
}

const NO_SHAPES = () => undefined;
const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => QUIET };
const UNCOUNTED: Metrics = { count() {}, gauge() {}, observe() {}, gaugeFrom: () => () => {} };
const NO_SILENCES: SilenceBook = {
  current: async () => [],
  count() {},
  close: async () => {},
};
