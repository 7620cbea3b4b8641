/** What a host supplies to its destinations. */
import type { Clock } from '../shared/clock.ts';
import type { HttpClientFactory } from './http.ts';
import type { KafkaClientFactory } from './kafka-client.ts';
import type { LastReplies } from './last-replies.ts';
import type { PlacePaces } from './place.ts';

/** Files of the host. */
export interface Files {
  /**
   * Appends whole lines to a file, or writes them to standard output where `path` is `-`. A line that a crash or a full disk
   * cut short is ended first, never completed. Rejects with the system's error, whose `code` names it.
   */
  append(path: string, lines: Uint8Array): Promise<void>;
}

/** As whom to sign in to Entra ID; what is absent is as the relay itself does. */
export interface EntraSignIn {
  /** Entra ID of the destination's cloud. */
  readonly authority?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** A token that the destination did not take: it is not given again where the host can get another one. */
  readonly refused?: string | undefined;
}

/** The part of Azure's `TokenCredential` that is used here: it keeps a token for as long as that is good. */
export interface EntraCredential {
  getToken(
    scope: string,
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{ readonly token: string } | null>;
}

/** A credential of its own for each call. Undefined where the host has no identity of that kind. */
export type EntraCredentials = (signIn: EntraSignIn) => EntraCredential | undefined;

/** What a host supplies to its destinations. */
export interface DestinationDeps {
  readonly http: HttpClientFactory;
  /** Absent where the host has no files. */
  readonly files?: Files;
  /** Absent where the host opens no connections of its own. */
  readonly kafka?: KafkaClientFactory;
  readonly clock: Clock;
  /** Absent where nobody signs in, as in tests. */
  readonly credentials?: EntraCredentials;
  /** A wait that a reply names is obeyed up to here: `delivery.retry_after_max`, milliseconds. */
  readonly retryAfterMaxMs: number;
  /** `links:` of relay.yaml, by name: templates of searches, for messages to people. */
  readonly links?: Readonly<Record<string, string>>;
  /** Told how each request ended. Absent where nobody looks at that. */
  readonly replies?: LastReplies;
  /** The pace of places that several destinations for people post to. Absent where each keeps its own only. */
  readonly paces?: PlacePaces;
}
