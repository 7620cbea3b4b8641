/** One destination of the demo: a strict receiver on loopback, and the entry of relay.yaml that sends there. */
import type { Arrived } from '../../lab/receivers/arrivals.ts';

/** Where a receiver tells what came. */
export interface Arrivals {
  /** A row or an alert, which names the place of its row. @param received when Azure was handed the row, ISO 8601. */
  arrived(arrival: Arrived, received?: unknown): void;
  /** A row or an alert that names its event's id only. */
  arrivedById(id: string, rule?: string): void;
  /** A message to people. @param headline it as it shows on a phone's lock screen. */
  message(message: unknown, headline: string): void;
}

/** A receiver that runs. */
export interface Stand {
  /** The destination's entry in relay.yaml. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The environment variables that the entry names. */
  readonly secrets: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A destination that the demo can show. */
export interface StandKind {
  /** Its name in relay.yaml. */
  readonly name: string;
  readonly audience: 'machines' | 'people';
  /** What speaks there, for the line that says what was started. */
  readonly title: string;
  start(arrivals: Arrivals): Promise<Stand>;
}

/** Receivers are on this machine. */
export const ON_LOOPBACK = { allow_networks: ['127.0.0.0/8'] } as const;
