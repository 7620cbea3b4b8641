/** A proxy in front of a mock broker that knows enough of the Kafka protocol to lose replies, to change them, and to ask for a sign-in. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Numbers of requests (Apache Kafka, "The Messages"). */
const PRODUCE = 0;
const METADATA = 3;
const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;

/** The head of a record batch that a producer sent. */
export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly producerId: bigint;
  readonly sequence: number;
  readonly count: number;
  /** 0: none, 1: gzip. */
  readonly compression: number;
  /** The records, compressed or not. */
  readonly records: Buffer;
}

/** What becomes of a record batch. `lose`: it is appended, and the connections are reset. A number: it is not appended, and this error is the answer. */
export type Fate = 'append' | 'lose' | number;

export interface KafkaProxy {
  readonly port: number;
  /** Every record batch that was sent, repeats included. */
  readonly produced: readonly Produced[];
  /** Connections that are open from the relay. */
  readonly open: () => number;
  /** What a sign-in sent: the mechanism and the bytes as text. */
  readonly signedIn: readonly { readonly mechanism: string; readonly bytes: string }[];
  fate: (produced: Produced) => Fate;
  /** How long replies to record batches say that the client must wait, milliseconds; 0: as the broker says. */
  throttleMs: number;
  /** The error in metadata for every topic. */
  topicError: number;
  /** The port that the broker is said to have, and its address of nine characters. */
  advertised: { port?: number; host?: string };
  /** The broker behind it. */
  target: number;
  /** Whether a sign-in is right; undefined: none is asked for. */
  accepts: ((mechanism: string, bytes: string) => boolean) | undefined;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly target: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startKafkaProxy({ target, tls }: ProxyOptions): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  const produced: Produced[] = [];
  const signedIn: { mechanism: string; bytes: string }[] = [];
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    relay(socket, proxy, { produced, signedIn });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  // A client that does not trust the certificate ends the handshake.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: KafkaProxy = {
    port,
    produced,
    signedIn,
    open: () => sockets.size,
    fate: () => 'append',
    throttleMs: 0,
    topicError: 0,
    advertised: {},
    target,
    accepts: undefined,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

interface Asked {
  readonly api: number;
  readonly version: number;
}

function relay(
  client: Socket,
  proxy: KafkaProxy,
  seen: { readonly produced: Produced[]; readonly signedIn: { mechanism: string; bytes: string }[] },
): void {
  const broker = connect(proxy.target, '127.0.0.1');
  const asked = new Map<number, Asked>();
  const losing = new Set<number>();
  let mechanism = '';
  const reset = () => {
    client.destroy();
    broker.destroy();
  };
  client.on('error', reset).on('close', reset);
  broker.on('error', reset).on('close', reset);
  const answer = (correlation: number, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 4, 0);
    head.writeInt32BE(correlation, 4);
    client.write(Buffer.concat([head, body]));
  };

  onFrames(client, (frame) => {
    const api = frame.readInt16BE(0);
    const version = frame.readInt16BE(2);
    const correlation = frame.readInt32BE(4);
    asked.set(correlation, { api, version });
    const body = frame.subarray(10 + Math.max(0, frame.readInt16BE(8)));
    if (api === SASL_HANDSHAKE) {
      mechanism = text(body, 0);
      return answer(correlation, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), sized(mechanism)]));
    }
    if (api === SASL_AUTHENTICATE) {
      const bytes = body.subarray(4, 4 + body.readInt32BE(0)).toString('utf8');
      seen.signedIn.push({ mechanism, bytes });
      const isRight = proxy.accepts?.(mechanism, bytes) === true;
      const result = Buffer.alloc(version >= 1 ? 16 : 8);
      result.writeInt16BE(isRight ? 0 : 58, 0);
      result.writeInt16BE(-1, 2);
      return answer(correlation, result);
    }
    if (api === PRODUCE) {
      const batch = producedIn(body);
      seen.produced.push(batch);
      const fate = proxy.fate(batch);
      if (typeof fate === 'number') return answer(correlation, refusal(batch, fate, version));
      if (fate === 'lose') losing.add(correlation);
    }
    broker.write(framed(frame));
  });

  onFrames(broker, (frame) => {
    const correlation = frame.readInt32BE(0);
    const { api = -1, version = 0 } = asked.get(correlation) ?? {};
    asked.delete(correlation);
    if (losing.has(correlation)) return reset();
    if (api === METADATA) changeMetadata(frame.subarray(4), version, proxy);
    // The last field of Produce 1 to 7.
    if (api === PRODUCE && proxy.throttleMs > 0) frame.writeInt32BE(proxy.throttleMs, frame.length - 4);
    const isAsked = api === API_VERSIONS && proxy.accepts !== undefined;
    client.write(framed(isAsked ? withSignIn(frame) : frame));
  });
}

function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  });
}

function framed(frame: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(frame.length);
  return Buffer.concat([head, frame]);
}

function text(buffer: Buffer, at: number): string {
  return buffer.toString('utf8', at + 2, at + 2 + buffer.readInt16BE(at));
}

function sized(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(2);
  head.writeInt16BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** Of Produce 3 to 8 with one topic and one partition, as the relay sends it. */
function producedIn(body: Buffer): Produced {
  let at = 2 + Math.max(0, body.readInt16BE(0)) + 2 + 4;
  if (body.readInt32BE(at) !== 1) throw new Error('several topics in one request');
  const topic = text(body, at + 4);
  at += 4 + 2 + Buffer.byteLength(topic);
  if (body.readInt32BE(at) !== 1) throw new Error('several partitions in one request');
  const partition = body.readInt32BE(at + 4);
  const batch = body.subarray(at + 12);
  return {
    topic,
    partition,
    compression: batch.readInt16BE(21) & 7,
    producerId: batch.readBigInt64BE(43),
    sequence: batch.readInt32BE(53),
    count: batch.readInt32BE(57),
    records: Buffer.from(batch.subarray(61)),
  };
}

function refusal({ topic, partition }: Produced, error: number, version: number): Buffer {
  const result = Buffer.alloc(10 + 16 + (version >= 5 ? 8 : 0) + 4);
  result.writeInt32BE(1, 0);
  result.writeInt32BE(partition, 4);
  result.writeInt16BE(error, 8);
  return Buffer.concat([Buffer.from([0, 0, 0, 1]), sized(topic), result]);
}

/** Changes a reply to Metadata 1 to 6 in its place. */
function changeMetadata(body: Buffer, version: number, { port, advertised, topicError }: KafkaProxy): void {
  let at = version >= 3 ? 4 : 0;
  const skipText = () => {
    at += 2 + Math.max(0, body.readInt16BE(at));
  };
  const brokers = body.readInt32BE(at);
  at += 4;
  for (let n = 0; n < brokers; n += 1) {
    at += 4;
    if (advertised.host !== undefined) body.write(advertised.host, at + 2, 'latin1');
    skipText();
    body.writeInt32BE(advertised.port ?? port, at);
    at += 4;
    skipText();
  }
  if (version >= 2) skipText();
  at += 4;
  const topics = body.readInt32BE(at);
  at += 4;
  for (let n = 0; n < topics; n += 1) {
    body.writeInt16BE(topicError, at);
    at += 2;
    skipText();
    at += 1;
    const partitions = body.readInt32BE(at);
    at += 4;
    for (let p = 0; p < partitions; p += 1) {
      at += 10;
      for (let lists = version >= 5 ? 3 : 2; lists > 0; lists -= 1) at += 4 + 4 * body.readInt32BE(at);
    }
  }
}

/** A reply to ApiVersions 0 to 2 with SaslHandshake and SaslAuthenticate besides. */
function withSignIn(frame: Buffer): Buffer {
  const changed = Buffer.from(frame);
  changed.writeInt32BE(frame.readInt32BE(6) + 2, 6);
  const more = Buffer.from([0, SASL_HANDSHAKE, 0, 0, 0, 1, 0, SASL_AUTHENTICATE, 0, 0, 0, 1]);
  return Buffer.concat([changed.subarray(0, 10), more, changed.subarray(10)]);
}
