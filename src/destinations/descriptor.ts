/** The descriptor of a destination type: everything that code outside the type's folder needs to know about it. */
import type { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import type { MetadataKey, MetadataSpec } from '../shared/metadata-template.ts';
import type { EntraCredentials, Files } from './deps.ts';
import type { HttpClient, HttpClientFactory } from './http.ts';
import type { KafkaClientFactory } from './kafka-client.ts';
import type { Messenger } from './messenger.ts';
import type { PlacePace } from './place.ts';
import type { Batch, BatchLimits, EncodedDelivery, Encoding, Pipeline } from './port.ts';
import type { ReplyContext } from './reply.ts';
import type { Shape } from './shapes.ts';
import type { Template } from './template.ts';

/** Sends batches of one destination, once each: see `send`, `openPipeline` and `close` of the port. */
export interface Sender {
  send(batch: Batch, signal: AbortSignal): Promise<void>;
  openPipeline?(): Pipeline;
  /** See `reaches` of the port. */
  reaches?(items: readonly EncodedDelivery[]): boolean;
  /** Waits for what is on its way. The HTTP client is closed by who opened it. */
  close?(): Promise<void>;
}

/** What a sender over HTTP is given. */
export interface HttpSenderDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** For the messages of errors: who answered, and which secrets a reply may repeat. */
  readonly context: () => ReplyContext;
  /** `links:` of relay.yaml, for messages to people. */
  readonly links?: Readonly<Record<string, string>>;
  /** For destinations of Azure. */
  readonly credentials?: EntraCredentials;
  /** For messengers, which wait for their turn before each message. Absent: no other destination posts anywhere. */
  readonly pace?: PlacePace;
}

/** What a sender to files is given. */
export interface FileSenderDeps {
  readonly files: Files;
}

/** What a sender over connections of its own is given. */
export interface SocketSenderDeps {
  readonly kafka: KafkaClientFactory;
  /** For access tokens. */
  readonly http: HttpClientFactory;
  readonly clock: Clock;
  /** Batches that may be on their way at once. */
  readonly concurrency: number;
  /** A wait that a reply names is obeyed up to here, milliseconds. */
  readonly retryAfterMaxMs: number;
}

/** What every type says. `S` is the schema of its entry in relay.yaml. */
interface Facts<S extends z.ZodObject> {
  /** `type` in relay.yaml. */
  readonly type: z.output<S> extends { readonly type: infer T extends string } ? T : string;
  /** What the product is called in the README. */
  readonly title: string;
  /** How messages name it: `Splunk` answered, `a Slack channel`. */
  readonly who: string;
  /** Schema of the entry; it spreads `commonConfig`. */
  readonly config: S;
  /** How rows are filed there: the keys that may be templates, and what the config says of them. */
  readonly metadata?: {
    readonly keys: readonly (MetadataKey | 'headers')[];
    of(config: z.output<S>): MetadataSpec;
    /** The headers, in lower case, that the destination sets itself, so that no route may. */
    ownHeaders?(config: z.output<S>): readonly string[];
  };
  /** Columns that its encoding reads of every row, whatever the shape. The entry need not have been checked. */
  readonly reads?: readonly string[] | ((entry: object) => readonly string[]);
  readonly defaults: {
    readonly batch: BatchLimits;
    /** Batches on their way at once. */
    readonly concurrency: number;
  };
  /** What is valid, and will not do what it says. */
  warnings?(config: z.output<S>): readonly {
    /** The key in the entry. */
    readonly key: string;
    readonly message: string;
    readonly hint: string;
  }[];
  /** Where the config narrows the limits of a batch further. */
  batch?(config: z.output<S>, limits: BatchLimits): BatchLimits;
  /**
   * What its secrets look like in a string from another program, such as a library's error. The first group, where there is
   * one, stays. Global and, where the protocol is, case-insensitive.
   */
  readonly secretLooks: readonly RegExp[];
  /** The least that an entry needs. */
  readonly least: z.input<S>;
  /** An entry as people write it: YAML, a name and its keys. Secrets stand as `${NAME}`. */
  readonly example: string;
  /** The environment variables that the example takes its secrets from, and where people find the values. */
  readonly variables: readonly { readonly name: string; readonly hint: string }[];
  /** Makes what `xdr-relay destinations template` writes. Absent: nothing has to be created there. */
  readonly template?: Template;
  /** Whether the example stands in the file that `xdr-relay init` writes: switched on, commented out, or not at all. */
  readonly inNewFile: 'on' | 'off' | 'no';
  /** For docs/configuration.md: what counts as accepted, and which limits of the product are kept. Markdown. */
  readonly docs: string;
}

/** Machines get a shape of the row. `D` is what a sender is given. */
interface ForMachines<S extends z.ZodObject, D> {
  readonly audience: 'machines';
  /** What is sent where the config names no shape. */
  readonly shape: Shape;
  /** The same where that depends on the config. */
  shapeOf?(config: z.output<S>): Shape | undefined;
  /** It runs on every host, and where there is none. */
  encode(config: z.output<S>, shape: Shape): Encoding;
  send(config: z.output<S>, deps: D): Sender;
}

/** People get messages. */
interface ForPeople<S extends z.ZodObject> {
  readonly audience: 'people';
  /** Says groups of alerts, and troubles of the relay itself. */
  messenger(config: z.output<S>, deps: HttpSenderDeps): Messenger;
  /** The places that it may post to, as {@link placeKey} names them: destinations that have one in common share its pace. Alerts may name further ones. */
  places(config: z.output<S>): readonly string[];
  /** A message's body as text for a terminal; undefined for what is none. Absent: its JSON is shown. */
  readable?(body: unknown): string | undefined;
}

interface OverHttp<S extends z.ZodObject> {
  readonly needs: 'http';
  /** Milliseconds one request may take. */
  readonly timeoutMs: number;
  /** How much of a reply is read, bytes; absent where a line or two is all that is ever answered. */
  readonly maxReplyBytes?: number;
  /** Where it sends: http or https addresses, at least one. Their paths and queries may be secret. */
  addresses(config: z.output<S>): readonly string[];
  /** Secrets in this config that a reply may repeat. */
  secrets(config: z.output<S>): readonly string[];
}

interface ToFiles {
  /** Only hosts with files have it. */
  readonly needs: 'files';
}

interface OverSockets<S extends z.ZodObject> {
  /** Only hosts that open connections of their own have it. */
  readonly needs: 'sockets';
  /** Milliseconds that sending one batch may take. */
  readonly timeoutMs: number;
  /** Where it connects first: addresses `tls://host:port` and `tcp://host:port`, at least one. */
  addresses(config: z.output<S>): readonly string[];
  /** What to use on a host that has no sockets: a clause. */
  readonly instead: string;
}

/** A destination that is called over HTTP: every host has it. */
export type HttpDescriptor<S extends z.ZodObject> = Facts<S> &
  OverHttp<S> &
  (ForMachines<S, HttpSenderDeps> | ForPeople<S>);
/** A destination in files: for hosts that have them. */
export type FileDescriptor<S extends z.ZodObject> = Facts<S> & ToFiles & ForMachines<S, FileSenderDeps>;
/** A destination with a protocol of its own: for hosts that open connections. */
export type SocketDescriptor<S extends z.ZodObject> = Facts<S> &
  OverSockets<S> &
  ForMachines<S, SocketSenderDeps>;
/** Any destination's. */
export type Descriptor =
  | HttpDescriptor<z.ZodObject>
  | FileDescriptor<z.ZodObject>
  | SocketDescriptor<z.ZodObject>;
export type MachineDescriptor = Extract<Descriptor, { readonly audience: 'machines' }>;
export type PeopleDescriptor = Extract<Descriptor, { readonly audience: 'people' }>;
