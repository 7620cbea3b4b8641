/** What a host supplies to its destinations. */
import type { Clock } from '../shared/clock.ts';
import type { HttpClientFactory } from './http.ts';
import type { KafkaClientFactory } from './kafka-client.ts';
import type { PlacePaces } from './place.ts';

/** Files of the host. */
export interface Files {
  /**
   * Appends whole lines to a file, or writes them to standard output where `path` is `-`. A line that a crash or a full disk
   * cut short is ended first, never completed. Rejects with the system's error, whose `code` names it.
   */
  append(path: string, lines: Uint8Array): Promise<void>;
}

/** What a host supplies to its destinations. */
export interface DestinationDeps {
  readonly http: HttpClientFactory;
  /** Absent where the host has no files. */
  readonly files?: Files;
  /** Absent where the host opens no connections of its own. */
  readonly kafka?: KafkaClientFactory;
  readonly clock: Clock;
  /** A wait that a reply names is obeyed up to here: `delivery.retry_after_max`, milliseconds. */
  readonly retryAfterMaxMs: number;
  /** `links:` of relay.yaml, by name: templates of searches, for messages to people. */
  readonly links?: Readonly<Record<string, string>>;
  /** The pace of places that several destinations for people post to. Absent where each keeps its own only. */
  readonly paces?: PlacePaces;
}
