/** One destination of the demo: a strict receiver on loopback, and the entry of relay.yaml that sends there. */
import type { Arrived } from '../../lab/receivers/arrivals.ts';
import type { Host } from '../../lab/relay.ts';

/** Where a receiver tells what came. */
export interface Arrivals {
  /** A row or an alert, which names the place of its row. @param received when Azure was handed the row, ISO 8601. */
  arrived(arrival: Arrived, received?: unknown): void;
  /** As `arrived`, where the product keeps no order within a blob. */
  arrivedInAnyOrder(arrival: Arrived, received?: unknown): void;
  /** A row or an alert that names its event's id only. */
  arrivedById(id: string, rule?: string): void;
  /** A row of which its place alone is known: its content may have been changed by rules. */
  arrivedAt(place: Pick<Arrived, 'blob' | 'offset'>): void;
  /** A message to people. @param headline it as it shows on a phone's lock screen. */
  message(message: unknown, headline: string): void;
}

/** A receiver that runs. */
export interface Stand {
  /** The destination's entry in relay.yaml. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The environment variables that the entry names, and those with which the relay signs in there. */
  readonly secrets: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** What a receiver has around it. */
export interface Surroundings {
  /** The demo's own storage account. */
  readonly connectionString: string;
  readonly account: string;
  /** Where the relay runs. */
  readonly host: Host;
}

/** A destination that the demo can show. */
export interface StandKind {
  /** Its name in relay.yaml. */
  readonly name: string;
  readonly audience: 'machines' | 'people';
  /** What speaks there, for the line that says what was started. */
  readonly title: string;
  /** Throws a RelayError where something that it needs is not installed, or the host has no such destination. */
  start(arrivals: Arrivals, around: Surroundings): Promise<Stand>;
}

/** Receivers are on this machine. */
export const ON_LOOPBACK = { allow_networks: ['127.0.0.0/8'] } as const;
